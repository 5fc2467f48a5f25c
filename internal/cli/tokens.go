package cli

import (
	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// validateTokens refuses to count tokens, or to judge by what only streams have, where nothing is streamed or counted: after a whole run
// nothing would be known.
func (o *options) validateTokens(stream bool) error {
	switch {
	case o.tokens != "" && o.tokens != sagemaker.TokensOpenAI && o.tokens != sagemaker.TokensText:
		return usage("--tokens %q: must be openai or text", o.tokens)
	case o.tokens != "" && !stream:
		return usage("--tokens %s: only streamed answers have tokens that can be counted; add --stream", o.tokens)
	}
	for _, r := range o.rules() {
		switch parts, tokens := r.Streams(); {
		case tokens && !stream:
			return usage("--slo %q: only streamed answers have tokens that can be counted; add --stream and --tokens openai, or text", r)
		case parts && !stream:
			return usage("--slo %q: only streamed answers have that; add --stream", r)
		case tokens && o.tokens == "":
			return usage("--slo %q: tokens are not counted; add --tokens openai, or text", r)
		}
	}
	return nil
}

// limits that the SLOs hold single requests to.
func (o *options) limits() runner.Limits { return sizing.RequestLimits(o.rules()) }

// rules are the SLOs that can be read; parseRules refuses the others.
func (o *options) rules() (rules []sizing.Rule) {
	for _, text := range o.slos {
		if r, err := sizing.ParseSLO(text); err == nil {
			rules = append(rules, r)
		}
	}
	return rules
}
