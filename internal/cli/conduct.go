package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/session"
)

// conduct runs the session under a screen or headless, and reports.
func (r *rig) conduct(ctx context.Context) error {
	info := r.info()
	folder, err := report.Create(r.o.out, info)
	if err != nil {
		return err
	}
	defer folder.Close()
	s, err := r.session(ctx, info, folder)
	if err != nil {
		return errors.Join(err, folder.Discard()) // nothing half-written
	}
	closing, err := r.stand(s, folder)
	if err != nil {
		return errors.Join(err, folder.Discard())
	}
	defer closing()
	r.keepSample(folder)
	r.signals.conduct(s)
	leave := func() {}
	if !r.view.headless {
		leave = s.Look()
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	r.view.show(ctx, s, leave, folder.Dir())
	<-s.Done()
	r.signals.conduct(nil)
	return r.finish(ctx, s, folder, closing, <-ran)
}

// session sends the one request before the load, now that there is a place to write, and makes the run.
func (r *rig) session(ctx context.Context, info session.Info, folder *report.Folder) (*session.Session, error) {
	poller, err := r.poller(&info)
	if err != nil {
		return nil, err
	}
	if err := r.try(ctx); err != nil {
		return nil, err
	}
	return session.New(session.Config{
		Info: info, NewLoad: r.newLoad, NoLoad: r.noLoad(), Tried: r.tried, Journal: folder,
		Poller: poller, Creds: r.site.credentials(), Scaler: r.scaler(), Debts: r.debts(folder), Screens: folder, Logs: r.logs(), Lapse: r.lapse(), Settle: r.settle(),
		AutoScaler: r.autoScaler(), Quota: r.site.quota.await,
		Hint: r.hint(), Return: r.comeBack(folder.Dir()), Unseen: r.unseen(),
	})
}

// headlessLapse is how long a run that nobody watches waits for its credentials to be renewed.
const headlessLapse = 15 * time.Minute

// lapse is how long to wait for credentials to be renewed: for ever, where somebody is there to see it.
func (r *rig) lapse() time.Duration {
	if r.view.headless || r.o.survives() {
		return headlessLapse
	}
	return 0
}

// noLoad is why keys may not start load. Who only looks on was not asked, so nothing that a question belongs to may be loaded.
func (r *rig) noLoad() string {
	name := r.site.endpoint.Name
	if r.target == nil {
		return fmt.Sprintf("a payload is needed to load it: %s -d @payload.json", command("run", name))
	}
	if !r.e.watch || r.o.yes == name {
		return ""
	}
	if err := r.site.ready(); err != nil {
		return oneLine(err)
	}
	if risks := r.risks(); len(risks) > 0 {
		return fmt.Sprintf("%s: to load it all the same, %s asks first", strings.Join(risks, "; "), command("run", name))
	}
	return ""
}

// settle is how long to wait for CloudWatch after the load.
func (r *rig) settle() time.Duration {
	if r.o.noCloudWatch {
		return 0
	}
	return r.o.cwWait
}
