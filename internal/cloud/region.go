package cloud

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// findRegion returns the region and where it was found; both empty when nobody says.
func findRegion(ctx context.Context, cfg aws.Config, opts Options) (region, from string) {
	if opts.Region != "" {
		return opts.Region, "--region"
	}
	if cfg.Region != "" {
		return cfg.Region, configuredIn(cfg)
	}
	if region = instanceRegion(ctx, cfg); region != "" {
		from = "EC2 instance metadata"
	}
	return region, from
}

// instanceRegion is that of the EC2 instance this runs on; empty on anything else.
func instanceRegion(ctx context.Context, cfg aws.Config) string {
	ctx, cancel := context.WithTimeout(ctx, regionTimeout)
	defer cancel()
	out, err := imds.NewFromConfig(cfg).GetRegion(ctx, nil)
	if err != nil {
		return ""
	}
	return out.Region
}

// ClientRegion is the region that this runs in; empty where that is not known. Only the role of an EC2 instance proves that this is
// one, so nothing else waits for a metadata service that may not be there.
func (c *Cloud) ClientRegion(ctx context.Context) string {
	creds, err := c.cache.Retrieve(ctx)
	if err != nil || creds.Source != ec2rolecreds.ProviderName || c.opts.EndpointURL != "" {
		return ""
	}
	return instanceRegion(ctx, c.cfg)
}

// configuredIn names the source that gave cfg its region. The SDK does not say, so this looks at the same sources in its order.
func configuredIn(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		switch s := source.(type) {
		case config.EnvConfig:
			if s.Region != "" {
				return regionVariable()
			}
		case config.SharedConfig:
			if s.Region != "" {
				return "profile " + s.Profile + " in " + configFile()
			}
		}
	}
	return "the AWS configuration"
}

// regionVariable is the variable that the SDK has read: it prefers the first.
func regionVariable() string {
	if os.Getenv("AWS_REGION") != "" {
		return "AWS_REGION"
	}
	return "AWS_DEFAULT_REGION"
}

// sharedFiles are the paths of the shared configuration and of the credentials. The SDK's error about a profile does not name them.
func sharedFiles() [2]string {
	return [2]string{
		cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename()),
		cmp.Or(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename()),
	}
}

// configFile is the path of the shared configuration for a person.
func configFile() string { return shortPath(sharedFiles()[0]) }

// shortPath writes ~ for the home directory.
func shortPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" || home == string(filepath.Separator) {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return filepath.Join("~", rest)
	}
	return path
}
