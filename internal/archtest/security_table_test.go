package archtest

// claims are the statements of SECURITY.md that name no test themselves, by how they begin, with what proves them:
// tests, or files of the repository; or why there is nothing to prove.
var claims = []struct{ begins, proof, why string }{
	{"Please report a weakness", "", "a request"},
	{"Nothing that is read.", "", "what the next ones say"},
	{"Answers of the kernel, recordings,", "FuzzDecodeInet FuzzAttrs FuzzDump FuzzRecording FuzzParseMount FuzzStat FuzzLink FuzzMain .ci/fuzz", ""},
	{"Administrators give these programs rights", "TestAttackFiles TestCaller", ""},
	{"The pager is less, with LESSSECURE=1 always", "TestPagerCommand TestPagerGets", ""},
	{"It is not confined, but gives up", "TestAttackExporterClients", ""},
	{"Names of programs, ports, process ids", "TestAttackRedacted", ""},
	{"Who has the secret of `--redact-key`", "TestAddrKey TestKeys", ""},
	{"`nlstat events` and `--watch` listen", "TestEventsSlowReader", ""},
	{"Everything but the following works", "TestOwnerNotices TestFlowsWithoutRights TestEventsRefused", ""},
	{"Give a copy of the program what it needs", "TestDocs", ""},
	{"Who may run that copy sees the owners", "TestAttackFiles TestAttackPlaces", ""},
	{"Or start it with ambient capabilities", "TestDocs TestAttackFiles", ""},
	{"By seccomp nothing is opened for writing", "TestConfine TestCallFilter TestConfinedCommands", ""},
	{"By Landlock, since Linux 5.13", "TestConfine TestConfinedCommands", ""},
	{"The others have the first wall alone", "TestConfine TestConfinedCommands", ""},
	{"Descriptors that are open stay", "TestConfine TestAttackTerminal", ""},
	{"While a pager may still have to be started", "TestAttackPagers TestDrop", ""},
	{"`ss` and `netstat` are not confined", "TestConfiners", ""},
	{"SIGSEGV, SIGBUS and SIGFPE", "TestAttackSignalsNative", ""},
	{"Programs are static and reproducible", "packaging/reproduce", ""},
	{"Libraries are few and pinned", "TestImports TestLightCommands go.sum", ""},
	{"The workflow runs `govulncheck`", ".github/workflows/ci.yml", ""},
}
