package cloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Identity is who the credentials belong to.
type Identity struct {
	Account string // 12 digits
	ARN     string
	Name    string // the short name of the role or user
}

// Identity asks STS. Beside an error (STS may have no route where SageMaker has one) it returns what the credentials say themselves,
// which may be nothing: that is no reason to stop.
func (c *Cloud) Identity(ctx context.Context) (Identity, error) {
	id, err := callerIdentity(ctx, c.cfg)
	if err == nil {
		return id, nil
	}
	if creds, err := c.Credentials(ctx); err == nil {
		id.Account = creds.Account
	}
	return id, c.Explain(err)
}

func callerIdentity(ctx context.Context, cfg aws.Config) (Identity, error) {
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return Identity{}, err
	}
	arn := aws.ToString(out.Arn)
	return Identity{Account: aws.ToString(out.Account), ARN: arn, Name: principalName(arn)}, nil
}

// principalName is the short name in the ARN of a user, a role or a session of a role. IAM Identity Center's roles lose the marks
// that it puts around the name of the permission set.
func principalName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	kind, rest, ok := strings.Cut(parts[5], "/")
	if !ok {
		return kind // root
	}
	if kind == "assumed-role" {
		rest, _, _ = strings.Cut(rest, "/") // the rest is the session
	} else if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		rest = rest[i+1:] // without the path
	}
	if set, ok := strings.CutPrefix(rest, "AWSReservedSSO_"); ok {
		if i := strings.LastIndexByte(set, '_'); i > 0 {
			return set[:i]
		}
	}
	return rest
}
