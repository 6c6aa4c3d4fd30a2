package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

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
	if !o.Missing || l.ctx.Err() != nil {
		return // interrupted: what is missing is missing for that
	}
	why := missingOwners(o)
	if why == "" {
		return
	}
	l.notice("%s", why)
	l.rights = l.rights || decides
}

// missingOwners says which owners may be unknown and what would help, "" if none.
func missingOwners(o *inspect.OwnerReport) string {
	st := &o.Stats
	switch {
	case o.Err != nil:
		return fmt.Sprintf("owners of sockets are not known: %v", o.Err)
	case st.Complete():
		return ""
	case st.HidePID:
		return "processes of other users are hidden (hidepid): " + remedy()
	case st.Denied+st.Unresolved > 0:
		return fmt.Sprintf("could not inspect %d of %d processes: %s",
			st.Denied+st.Unresolved, st.Processes, remedy())
	default:
		return "" // a pid namespace of its own is what a container is for
	}
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
