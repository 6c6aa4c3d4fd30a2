package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// tell says what a run could not know. depends are the needs that decide which rows there are: without what
// they take the answer itself may be wrong, which the exit code tells.
func (l *lister) tell(depends uint32) {
	rep := l.session.Report()
	l.tellNamespaces(&rep)
	for i := range rep.Absent {
		l.tellAbsent(&rep.Absent[i])
	}
	if rep.NAT != nil {
		l.notice("real peers behind translations are not known: needs CAP_NET_ADMIN")
		l.rights = true
	}
	if rep.NoRates {
		l.notice("rates are not known: they take two samples, and a recording holds one")
	}
	l.tellOwners(&rep.Owners, depends&(inspect.NeedOwner|inspect.NeedPeer) != 0)
}

// tellOwners says why owners are missing, if any are.
func (l *lister) tellOwners(o *inspect.OwnerReport, decides bool) {
	if !o.Missing || o.Complete() || l.ctx.Err() != nil {
		return // interrupted: what is missing is missing for that
	}
	l.notice("%s", missingOwners(o))
	l.rights = l.rights || decides
}

// missingOwners says why owners may be unknown and what would help.
func missingOwners(o *inspect.OwnerReport) string {
	why := o.Why
	switch {
	case o.Err != nil:
		return fmt.Sprintf("owners of sockets are not known: %v", o.Err)
	case strings.HasPrefix(why, "could not inspect"), strings.Contains(why, "hidepid"):
		why += "; " + remedy()
	}
	return why
}

// remedy is what helps where processes may not be inspected.
func remedy() string {
	if os.Geteuid() == 0 {
		return "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
	}
	return "run as root, or give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
}

// tellNamespaces says which namespaces were passed over.
func (a *app) tellNamespaces(rep *inspect.Report) {
	if rep.Unsearched > 0 {
		a.notice("could not search %d processes for network namespaces: %s", rep.Unsearched, remedy())
		a.rights = true
	}
	if rep.Closed > 0 {
		a.notice("could not enter %d of %d network namespaces: needs CAP_SYS_ADMIN", rep.Closed, rep.Namespaces)
		a.rights = true
	}
}

// tellAbsent says that a kind of socket does not exist here, if it was asked for by name.
func (l *lister) tellAbsent(q *diag.Query) {
	kinds := l.selection.kinds
	if len(kinds) > 0 && !slices.Contains(kinds, "all") && !l.session.replaying() {
		l.notice("this kernel has no %s sockets, or no diag module for them", kindOf(q))
	}
}

// explainNamespace adds to an error about a namespace what there is instead.
func explainNamespace(err error) error {
	e, ok := errors.AsType[*inspect.NamespaceError](err)
	if !ok {
		return err
	}
	hint := "nlstat -A -g netns lists them"
	if e.Unsearched > 0 {
		hint = fmt.Sprintf("could not search %d processes: %s", e.Unsearched, remedy())
	}
	return fmt.Errorf("no network namespace %q%s (%s)", e.Name, didYouMean(e.Name, e.Known), hint)
}
