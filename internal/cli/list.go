package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	awssagemaker "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"golang.org/x/sync/errgroup"

	"sagetop/cwmetrics"
)

// describeAtOnce bounds the calls at once: SageMaker throttles a listing of hundreds else.
const describeAtOnce = 4

// list prints the endpoints of the account and region, for picking one.
func (a *app) list(ctx context.Context, o *options) error {
	s, err := a.connect(ctx, o, &errand{})
	if err != nil {
		return err
	}
	endpoints, err := s.cloud.Endpoints(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.std.Err, "acct %s %s (%s), %s (%s)\n", orDash(s.identity.Account), orDash(s.identity.Name), s.creds.From, s.cloud.Region(), s.cloud.RegionFrom())
	if len(endpoints) == 0 {
		fmt.Fprintf(a.std.Err, "no endpoints in %s; another region: sagetop --region NAME; without AWS: sagetop demo\n", s.cloud.Region())
		return nil
	}
	fleet := make([]string, len(endpoints))
	api := awssagemaker.NewFromConfig(s.cloud.AWS())
	var g errgroup.Group
	g.SetLimit(describeAtOnce)
	for i, e := range endpoints {
		g.Go(func() error {
			fleet[i] = fleetOf(cwmetrics.Describe(ctx, api, e.Name, cwmetrics.DescribeOptions{}))
			return nil
		})
	}
	_ = g.Wait() // what cannot be described is listed without its instances
	w := tabwriter.NewWriter(a.std.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ENDPOINT\tSTATUS\tINSTANCES\tMODIFIED")
	for i, e := range endpoints {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Name, e.Status, fleet[i], e.Modified.Format("2006-01-02 15:04"))
	}
	return w.Flush()
}

// fleetOf is type x count of each variant.
func fleetOf(e *cwmetrics.Endpoint, _ error) string {
	if e == nil {
		return "-"
	}
	var parts []string
	for _, v := range e.Variants {
		switch {
		case v.Serverless:
			parts = append(parts, "serverless")
		case v.InstanceType != "":
			parts = append(parts, fmt.Sprintf("%d x %s", v.Instances, v.InstanceType))
		default:
			parts = append(parts, fmt.Sprintf("%d", v.Instances))
		}
	}
	return orDash(strings.Join(parts, ", "))
}

// nameOf is the name in an endpoint's ARN, or the argument as it stands.
func nameOf(endpoint string) string {
	if isURL(endpoint) {
		return containerName(endpoint)
	}
	if strings.HasPrefix(endpoint, "arn:") {
		if _, name, ok := strings.Cut(endpoint, ":endpoint/"); ok {
			return name
		}
	}
	return endpoint
}
