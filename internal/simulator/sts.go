package simulator

import (
	"fmt"

	"sagetop/internal/simulator/wire"
)

// sessionName of the caller's role session.
const sessionName = "demo"

func (s *Server) callerARN() string {
	return fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", s.config.Account, s.config.Role, sessionName)
}

type callerIdentity struct{ Arn, UserId, Account string }

func (s *Server) getCallerIdentity(*struct{}) (*callerIdentity, *wire.Error) {
	return &callerIdentity{Arn: s.callerARN(), UserId: "AROASIMULATEDSAGETOP:" + sessionName, Account: s.config.Account}, nil
}
