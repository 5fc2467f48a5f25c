package cwmetrics

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TrafficSpan is how far back Traffic looks.
const TrafficSpan = 15 * time.Minute

// Traffic is how many Invocations CloudWatch has for the last 15 closed minutes before now, over all variants of e, or to the
// component that is loaded. An endpoint that
// nobody invokes publishes none, and the last one to three minutes may not be published yet. Errors wrap those of api.
func Traffic(ctx context.Context, api CloudWatchAPI, e *Endpoint, now time.Time) (invocations float64, err error) {
	end := now.Truncate(time.Minute)
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(end.Add(-TrafficSpan)), EndTime: aws.Time(end), ScanBy: types.ScanByTimestampAscending}
	invoked := metric{"invocations", invocationSpace, "Invocations", sumStats}
	var of []question
	for i := range e.Variants {
		of = append(of, question{endpoint: e.Name, variant: e.Variants[i].Name})
	}
	if c := e.Component; c != nil {
		of = []question{{component: c.Name}}
	}
	for i, q := range of {
		in.MetricDataQueries = append(in.MetricDataQueries, q.query(column{fmt.Sprintf("v%d", i), &invoked, "Sum", time.Minute}))
	}
	if len(in.MetricDataQueries) == 0 {
		return 0, nil
	}
	a, err := fetch(ctx, api, in)
	if err != nil {
		return 0, err
	}
	a.each(func(_ string, _ time.Time, v float64) { invocations += v })
	return invocations, nil
}
