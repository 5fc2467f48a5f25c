package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"

	"sagetop/internal/simulator/model"
)

const demoGroup = "/aws/sagemaker/Endpoints/demo"

// filter asks for all pages of events and counts the empty ones among them.
func (c clients) filter(t *testing.T, change ...func(*cloudwatchlogs.FilterLogEventsInput)) (events []types.FilteredLogEvent, empty int) {
	t.Helper()
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(demoGroup)}
	for _, f := range change {
		f(in)
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(c.config), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Events) == 0 {
			empty++
		}
		events = append(events, page.Events...)
	}
	return events, empty
}

func pattern(p string) func(*cloudwatchlogs.FilterLogEventsInput) {
	return func(in *cloudwatchlogs.FilterLogEventsInput) { in.FilterPattern = &p }
}

// crowded is an endpoint whose only worker is busy as long as the clock stands.
func crowded(t *testing.T) (clients, *hand) {
	h := newHand()
	config := fast(func(e *EndpointConfig) {
		e.Profile.Workers, e.Profile.Backlog = 1, 0
		e.Profile.Service = model.Lognormal{Median: model.Duration(time.Millisecond)}
	})
	config.Now = h.Now
	return serve(t, config), h
}

func TestContainersLogWhatHappens(t *testing.T) {
	c, h := crowded(t)
	began := h.Now().UnixMilli()
	h.move(time.Second)
	for range 5 {
		_, _ = c.invoke(t) // the first is served, the others are refused
	}
	setFault(t, c.server, Fault{Kind: FaultModel, Message: "CUDA out of memory", Next: 1})
	_, err := c.invoke(t)
	wantCode(t, err, "ModelError", "CUDA out of memory")
	events, _ := c.filter(t)
	var lines []string
	for _, e := range events {
		lines = append(lines, *e.Message)
		if *e.LogStreamName != "AllTraffic/i-0000000000000001" || len(*e.EventId) != 56 || *e.IngestionTime < *e.Timestamp {
			t.Errorf("stream %s, id %s, at %d, ingested %d", *e.LogStreamName, *e.EventId, *e.Timestamp, *e.IngestionTime)
		}
	}
	for i, want := range []string{"Started: model fast, workers 1, job queue 0", "Listening", "refused: the job queue is full (0 waiting)", "failed with status 500: CUDA out of memory"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Fatalf("line %d is not %q: %q", i, want, lines)
		}
	}
	if len(lines) != 4 || *events[0].Timestamp != began || *events[2].Timestamp != began+1000 {
		t.Errorf("%d lines, the first at %d, the third at %d", len(lines), *events[0].Timestamp-began, *events[2].Timestamp-began)
	}
	h.move(sameWithin)
	if events, _ := c.filter(t, pattern("repeated")); len(events) != 1 || !strings.Contains(*events[0].Message, "a refused request was repeated 3 times") {
		t.Errorf("%d lines of repetition", len(events))
	}
}

// A time-out is logged when it is over, in the stream of the container that had the request.
func TestTimeOutsAreLogged(t *testing.T) {
	h := newHand()
	config := fast(func(e *EndpointConfig) {
		e.Profile.Service = model.Lognormal{Median: model.Duration(time.Minute)}
		e.Profile.Timeout = model.Duration(20 * time.Millisecond)
	})
	config.Now = h.Now
	c := serve(t, config)
	_, err := c.invoke(t)
	wantCode(t, err, "ModelError", "timed out")
	if events, _ := c.filter(t, pattern("ERROR")); len(events) != 0 {
		t.Errorf("%d lines before its time", len(events))
	}
	h.move(20 * time.Millisecond)
	if events, _ := c.filter(t, pattern("ERROR")); len(events) != 1 || !strings.Contains(*events[0].Message, "no response from the model within 20ms") {
		t.Errorf("%d lines", len(events))
	}
}

func TestStreamsFollowTheInstances(t *testing.T) {
	h := newHand()
	config := fast(func(e *EndpointConfig) {
		e.Profile.Boot = model.Duration(30 * time.Second)
		e.Profile.Warmup = model.Default().Warmup
	})
	config.Now = h.Now
	c := serve(t, config)
	logs := cloudwatchlogs.NewFromConfig(c.config)
	streams := func(change ...func(*cloudwatchlogs.DescribeLogStreamsInput)) (names []string) {
		in := &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String(demoGroup), Limit: aws.Int32(2)}
		for _, f := range change {
			f(in)
		}
		pages := cloudwatchlogs.NewDescribeLogStreamsPaginator(logs, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.LogStreams {
				names = append(names, *s.LogStreamName)
			}
		}
		return names
	}
	first, second, third := "AllTraffic/i-0000000000000001", "AllTraffic/i-0000000000000002", "AllTraffic/i-0000000000000003"
	if err := c.server.Scale("demo", "AllTraffic", 3); err != nil {
		t.Fatal(err)
	}
	if got := streams(); !slices.Equal(got, []string{first}) {
		t.Errorf("while two boot: %v", got)
	}
	h.move(30 * time.Second)
	if got := streams(); !slices.Equal(got, []string{first, second, third}) {
		t.Errorf("when they are in service: %v", got)
	}
	h.move(10 * time.Second)
	if err := c.server.Scale("demo", "AllTraffic", 1); err != nil {
		t.Fatal(err)
	}
	last := streams(func(in *cloudwatchlogs.DescribeLogStreamsInput) {
		in.OrderBy, in.Descending = types.OrderByLastEventTime, aws.Bool(true)
	})
	if !slices.Equal(last, []string{third, second, first}) {
		t.Errorf("by the last event: %v", last)
	}
	events, _ := c.filter(t, func(in *cloudwatchlogs.FilterLogEventsInput) { in.LogStreamNames = []string{third} })
	if n := len(events); n != 4 || !strings.Contains(*events[2].Message, "cold: the first request of each takes 1s longer") || !strings.Contains(*events[3].Message, "Told to end") {
		t.Errorf("%d events of the third instance", n)
	}
	if got := streams(func(in *cloudwatchlogs.DescribeLogStreamsInput) { in.LogStreamNamePrefix = &second }); !slices.Equal(got, []string{second}) {
		t.Errorf("by prefix: %v", got)
	}
}

// noted serves an endpoint of three instances whose containers have much to say.
func noted(t *testing.T) (clients, *hand) {
	h := newHand()
	h.move(-200 * sameWithin)
	config := fast(func(e *EndpointConfig) { e.Instances = 3 })
	config.Now = h.Now
	c := serve(t, config)
	e, err := c.server.find("demo")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		where := logStream{e.variant("AllTraffic").Variant, 1 + i%3}
		c.server.logs.note(where, troubleFailed, time.Duration(i/3)*sameWithin, func() string { return fmt.Sprintf("[ERROR] line %d", i) })
	}
	h.move(200 * sameWithin)
	return c, h
}

// Pages of any size bring each event once, in the order of time; a page on which nothing matches may be empty.
func TestFilterLogEventsInPages(t *testing.T) {
	c, _ := noted(t)
	all, empty := c.filter(t)
	if len(all) != 606 || empty != 0 {
		t.Fatalf("%d events, %d empty pages", len(all), empty)
	}
	if !slices.IsSortedFunc(all, func(a, b types.FilteredLogEvent) int { return int(*a.Timestamp - *b.Timestamp) }) {
		t.Error("not in the order of time")
	}
	ids := map[string]bool{}
	few, _ := c.filter(t, func(in *cloudwatchlogs.FilterLogEventsInput) { in.Limit = aws.Int32(7) })
	for _, e := range few {
		ids[*e.EventId] = true
	}
	if len(few) != 606 || len(ids) != 606 {
		t.Errorf("in pages of 7: %d events with %d ids", len(few), len(ids))
	}
	last, empty := c.filter(t, pattern(`"line 599"`))
	if len(last) != 1 || empty != 1 {
		t.Errorf("%d events match, after %d empty pages, want 1 after 1", len(last), empty)
	}
	within, _ := c.filter(t, func(in *cloudwatchlogs.FilterLogEventsInput) {
		in.StartTime, in.EndTime = all[10].Timestamp, all[20].Timestamp
	})
	for _, e := range within {
		if *e.Timestamp < *all[10].Timestamp || *e.Timestamp > *all[20].Timestamp {
			t.Errorf("an event at %d", *e.Timestamp)
		}
	}
	if len(within) < 11 {
		t.Errorf("%d events between the tenth and the twentieth", len(within))
	}
	prefixed, _ := c.filter(t, func(in *cloudwatchlogs.FilterLogEventsInput) {
		in.LogStreamNamePrefix = aws.String("AllTraffic/i-0000000000000003")
	})
	if len(prefixed) != 202 {
		t.Errorf("%d events of one stream, want 202", len(prefixed))
	}
}

func TestGetLogEvents(t *testing.T) {
	c, _ := noted(t)
	logs := cloudwatchlogs.NewFromConfig(c.config)
	get := func(token *string, head bool) *cloudwatchlogs.GetLogEventsOutput {
		out, err := logs.GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(demoGroup), LogStreamName: aws.String("AllTraffic/i-0000000000000001"),
			Limit: aws.Int32(90), StartFromHead: &head, NextToken: token,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	read := 0
	page := get(nil, true)
	for range 10 {
		read += len(page.Events)
		next := get(page.NextForwardToken, true)
		if *next.NextForwardToken == *page.NextForwardToken {
			break
		}
		page = next
	}
	if read != 202 {
		t.Errorf("%d events forward, want 202", read)
	}
	tail := get(nil, false)
	if n := len(tail.Events); n != 90 || !strings.Contains(*tail.Events[n-1].Message, "line 597") {
		t.Errorf("%d events at the end", n)
	}
	if back := get(tail.NextBackwardToken, false); len(back.Events) != 90 || *back.Events[89].Timestamp >= *tail.Events[0].Timestamp {
		t.Errorf("%d events before those", len(back.Events))
	}
	first := get(nil, true)
	if none := get(first.NextBackwardToken, true); len(none.Events) != 0 || *none.NextBackwardToken != *first.NextBackwardToken {
		t.Errorf("%d events before the first", len(none.Events))
	}
}

func TestDescribeLogGroups(t *testing.T) {
	config := fast()
	config.Endpoints = append(config.Endpoints, EndpointConfig{Name: "another"})
	c := serve(t, config)
	logs := cloudwatchlogs.NewFromConfig(c.config)
	out, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/sagemaker/")})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.LogGroups) != 2 || *out.LogGroups[1].LogGroupName != demoGroup || *out.LogGroups[1].Arn != "arn:aws:logs:us-east-1:123456789012:log-group:"+demoGroup+":*" {
		t.Errorf("%d groups", len(out.LogGroups))
	}
	if _, err := logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupIdentifier: out.LogGroups[1].LogGroupArn}); err != nil {
		t.Errorf("by its ARN: %v", err)
	}
}

func TestLogsRefuseBadRequests(t *testing.T) {
	c := serve(t, fast())
	for name, test := range map[string]struct {
		change        func(*cloudwatchlogs.FilterLogEventsInput)
		code, message string
	}{
		"group": {func(in *cloudwatchlogs.FilterLogEventsInput) {
			in.LogGroupName = aws.String("/aws/sagemaker/Endpoints/x")
		}, "ResourceNotFoundException", "The specified log group does not exist."},
		"no group": {func(in *cloudwatchlogs.FilterLogEventsInput) { in.LogGroupName = nil }, "InvalidParameterException", "logGroupName"},
		"stream":   {func(in *cloudwatchlogs.FilterLogEventsInput) { in.LogStreamNames = []string{"x"} }, "ResourceNotFoundException", "The specified log stream does not exist."},
		"both": {func(in *cloudwatchlogs.FilterLogEventsInput) {
			in.LogStreamNames, in.LogStreamNamePrefix = []string{"x"}, aws.String("y")
		}, "InvalidParameterException", "mutually exclusive"},
		"limit":   {func(in *cloudwatchlogs.FilterLogEventsInput) { in.Limit = aws.Int32(10_001) }, "InvalidParameterException", "'limit'"},
		"token":   {func(in *cloudwatchlogs.FilterLogEventsInput) { in.NextToken = aws.String("???") }, "InvalidParameterException", "nextToken"},
		"time":    {func(in *cloudwatchlogs.FilterLogEventsInput) { in.StartTime = aws.Int64(-1) }, "InvalidParameterException", "'startTime'"},
		"pattern": {pattern(`{ $.level = "ERROR" }`), "InvalidParameterException", "Invalid filter pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(demoGroup)}
			test.change(in)
			_, err := cloudwatchlogs.NewFromConfig(c.config).FilterLogEvents(t.Context(), in)
			wantCode(t, err, test.code, test.message)
		})
	}
}

func TestLogPatterns(t *testing.T) {
	const message = `[ERROR] Request 12-34 failed: job queue is full`
	for text, want := range map[string]bool{
		``: true, `ERROR`: true, `error`: false, `ERROR full`: true, `full ERROR`: true, `ERROR nothing`: false,
		`"job queue"`: true, `"queue job"`: false, `"job queue" failed`: true, `-ERROR`: false, `-INFO`: true, `ERROR -full`: false,
		`ERROR -INFO`: true, `?INFO ?ERROR`: true, `?INFO ?WARN`: false, `?"job queue" ?WARN`: true, `-"job queue"`: false,
		`ERROR ?nothing`: true, `"[ERROR]"`: true, `"\"quoted\""`: false, `12-34`: true,
	} {
		p, fault := readPattern(text)
		if fault != nil {
			t.Errorf("%s: %s", text, fault.Message)
		} else if got := p.matches(message); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{`"open`, `?`, `-`, `""`, `"\`, `{ $.x = 1 }`, `[a, b]`, `%x%`} {
		if _, fault := readPattern(text); fault == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// What goes wrong again and again costs nothing, neither time nor memory.
func TestLogbookIsBounded(t *testing.T) {
	var b logbook
	where := logStream{instance: 1}
	b.note(where, troubleRefused, 0, func() string { return "" })
	if n := testing.AllocsPerRun(1000, func() { b.note(where, troubleRefused, time.Second, func() string { return "" }) }); n != 0 {
		t.Errorf("%v allocations for a repetition", n)
	}
	for i := range 10 * keptEvents {
		b.note(where, troubleRefused, time.Duration(i)*sameWithin, func() string { return fmt.Sprint(i) })
	}
	if n := len(b.streams[where].events); n != keptEvents || b.streams[where].events[n-1].message != fmt.Sprint(10*keptEvents-1) {
		t.Errorf("%d events are kept", n)
	}
	for i := range 2 * keptStreams {
		b.note(logStream{instance: i}, troubleRefused, time.Duration(i)*time.Hour, func() string { return "" })
	}
	if _, kept := b.streams[logStream{instance: 2*keptStreams - 1}]; len(b.streams) != keptStreams || !kept {
		t.Errorf("%d streams are kept", len(b.streams))
	}
}

// A group has its endpoint's name to the letter, and stays when the endpoint goes.
func TestLogsOutliveTheirEndpoint(t *testing.T) {
	c, h := crowded(t)
	h.move(time.Second)
	before, _ := c.filter(t)
	_, err := cloudwatchlogs.NewFromConfig(c.config).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(strings.ToUpper(demoGroup))})
	wantCode(t, err, "ResourceNotFoundException", "log group")
	if _, err := sagemaker.NewFromConfig(c.config).DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: aws.String("demo")}); err != nil {
		t.Fatal(err)
	}
	h.move(time.Minute)
	after, _ := c.filter(t)
	if len(after) != len(before)+1 || !strings.Contains(*after[len(after)-1].Message, "no longer in service") {
		t.Errorf("%d events after %d: %+v", len(after), len(before), after)
	}
	groups, err := cloudwatchlogs.NewFromConfig(c.config).DescribeLogGroups(t.Context(), nil)
	if err != nil || len(groups.LogGroups) != 1 || *groups.LogGroups[0].LogGroupName != demoGroup {
		t.Errorf("groups %+v, %v", groups, err)
	}
}

// Each component has a group of its own: what goes wrong in its copies is there, and in no other.
func TestComponentsLog(t *testing.T) {
	h := newHand()
	config := fast(func(e *EndpointConfig) {
		e.Components = []Component{{Name: "llama", Copies: 2}, {Name: "phi", Copies: 1}}
	})
	config.Now = h.Now
	c := serve(t, config)
	setFault(t, c.server, Fault{Kind: FaultModel, Message: "CUDA out of memory", Next: 1})
	_, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) { in.InferenceComponentName = aws.String("llama") })
	wantCode(t, err, "ModelError", "CUDA out of memory")
	const group = "/aws/sagemaker/InferenceComponents/llama"
	if failed, ok := errors.AsType[*runtimetypes.ModelError](err); !ok || !strings.HasSuffix(aws.ToString(failed.LogStreamArn), group) {
		t.Errorf("%v", err)
	}
	for name, want := range map[string][2]int{group: {2, 1}, "/aws/sagemaker/InferenceComponents/phi": {1, 0}, demoGroup: {1, 0}} {
		of := func(in *cloudwatchlogs.FilterLogEventsInput) { in.LogGroupName = aws.String(name) }
		started, _ := c.filter(t, of, pattern("Started"))
		failed, _ := c.filter(t, of, pattern("CUDA"))
		if len(started) != want[0] || len(failed) != want[1] || !strings.HasPrefix(*started[0].LogStreamName, "AllTraffic/") {
			t.Errorf("%s: %d starts and %d failures, want %v", name, len(started), len(failed), want)
		}
	}
	groups, err := cloudwatchlogs.NewFromConfig(c.config).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/sagemaker/I")})
	if err != nil || len(groups.LogGroups) != 2 || *groups.LogGroups[0].LogGroupName != group {
		t.Errorf("%+v, %v", groups, err)
	}
}
