package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sagetop/internal/cloud"
	"sagetop/internal/session"
)

// autoScaler of the variant or component under load; nil while there is no scalable target. It costs nothing, so it is asked without CloudWatch, too:
// then it alone says that instances changed.
func (r *rig) autoScaler() session.AutoScaler {
	if r.site.scaling == nil {
		return nil
	}
	return autoScaler{r.site}
}

type autoScaler struct{ site *site }

// AutoScaling is how it is set now.
func (a autoScaler) AutoScaling(ctx context.Context) (*session.AutoScaling, error) {
	as, err := a.site.bounded(ctx)
	return scalingOf(as), err
}

// Activities that were not over before since.
func (a autoScaler) Activities(ctx context.Context, since time.Time) ([]session.Activity, error) {
	all, err := a.site.activities(ctx, since)
	if errors.Is(err, cloud.ErrDenied) {
		err = denied{err}
	}
	out := make([]session.Activity, len(all))
	for i := range all {
		out[i] = session.Activity(all[i])
	}
	return out, err
}

// denied says to the session that asking again is of no use, in the words that it wraps.
type denied struct{ error }

func (denied) Is(target error) bool { return target == session.ErrDenied }

// scalingOf is a as the session knows it. Rules are by name: AWS names no order.
func scalingOf(a *cloud.AutoScaling) *session.AutoScaling {
	if a == nil {
		return nil
	}
	out := &session.AutoScaling{Min: a.Min, Max: a.Max, Paused: a.Paused, Suspended: a.Suspended}
	for _, p := range a.Policies {
		out.Rules = append(out.Rules, session.ScalingPolicy(p))
	}
	slices.SortFunc(out.Rules, func(a, b session.ScalingPolicy) int { return strings.Compare(a.Name, b.Name) })
	return out
}
