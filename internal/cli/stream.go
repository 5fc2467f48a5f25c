package cli

import "sagetop/runner/sagemaker"

// streamDefaults are what --stream changes of what was not given.
func (o *options) streamDefaults() {
	if o.stream && !o.set["timeout"] {
		o.timeout = sagemaker.DefaultStreamTimeout
	}
}

// validateStream refuses what no stream can be asked for with.
func (o *options) validateStream() error {
	switch {
	case !o.stream:
		return nil
	case len(o.targetModels) > 0:
		return usage("--target-model %s with --stream: SageMaker takes no model with a request for a stream; leave one of them out", o.targetModels[0])
	case o.sessionID == "NEW_SESSION":
		return usage("--session-id NEW_SESSION with --stream: only a request without a stream starts a session; give the id of one that was started")
	}
	return nil
}
