package session

import (
	"context"
	"fmt"
)

// Debts keeps what a run owes of instances where it outlives the process.
type Debts interface {
	Owe(before, to int) error // to are about to be asked for, and those before are to come back
	Forget() error            // nothing is owed any more
}

// owing asks for n instances, where there were before when the run began. What that owes is kept first: a process can be killed
// at any moment. first says that nothing was owed until now.
func (s *Session) owing(ctx context.Context, n, before int, first bool) error {
	debts := s.cfg.Debts
	if debts == nil {
		return s.cfg.Scaler.Scale(ctx, n)
	}
	err := owe(debts, before, n)
	if err == nil {
		err = s.cfg.Scaler.Scale(ctx, n)
	}
	if err == nil && n == before || first && err != nil && !unanswered(err) {
		_ = debts.Forget() // if it stays, there is nothing to settle when somebody comes to
	}
	return err
}

func owe(debts Debts, before, n int) error {
	if n == before {
		return nil
	}
	if err := debts.Owe(before, n); err != nil {
		return fmt.Errorf("what is owed then cannot be kept: %w", err)
	}
	return nil
}
