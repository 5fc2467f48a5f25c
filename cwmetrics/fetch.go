package cwmetrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatchAPI is what reading metrics takes; *cloudwatch.Client has it.
type CloudWatchAPI interface {
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
}

const permMetrics = "cloudwatch:GetMetricData"

var (
	errForbidden = errors.New("Forbidden")
	errInternal  = errors.New("some metrics were answered with InternalError")
	errPages     = errors.New("more pages than a poll can have")
)

// maxPages ends a paging that never does: one page holds 100,800 values and a poll asks for a few thousand.
const maxPages = 100

// answer of one batched call over all of its pages.
type answer struct {
	queries int // metrics that AWS counts for it: those of every page
	results []types.MetricDataResult
}

// fetch asks and follows every page. What is not whole is an error, since a period with half of its metrics would replace one that
// had them all. On an error the answer only counts queries.
func fetch(ctx context.Context, api CloudWatchAPI, in *cloudwatch.GetMetricDataInput) (a answer, err error) {
	for range maxPages {
		out, err := api.GetMetricData(ctx, in)
		if err != nil {
			return answer{queries: a.queries}, &callError{permMetrics, err}
		}
		a.queries += len(in.MetricDataQueries)
		for i := range out.MetricDataResults {
			if err := statusError(&out.MetricDataResults[i]); err != nil {
				return answer{queries: a.queries}, &callError{permMetrics, err}
			}
		}
		a.results = append(a.results, out.MetricDataResults...)
		if aws.ToString(out.NextToken) == "" {
			return a, nil
		}
		in.NextToken = out.NextToken
	}
	return answer{queries: a.queries}, &callError{permMetrics, errPages}
}

// each calls use with every value, of the query with that id and of the period that starts at that time.
func (a answer) each(use func(id string, at time.Time, v float64)) {
	for i := range a.results {
		r := &a.results[i]
		for j := range min(len(r.Timestamps), len(r.Values)) {
			if v := r.Values[j]; !math.IsNaN(v) && !math.IsInf(v, 0) {
				use(aws.ToString(r.Id), r.Timestamps[j], v)
			}
		}
	}
}

func statusError(r *types.MetricDataResult) error {
	switch r.StatusCode {
	case types.StatusCodeForbidden:
		return fmt.Errorf("%w: %s", errForbidden, firstMessage(r.Messages))
	case types.StatusCodeInternalError:
		return errInternal
	}
	return nil
}

func firstMessage(messages []types.MessageData) string {
	if len(messages) == 0 {
		return "no reason given"
	}
	return aws.ToString(messages[0].Value)
}
