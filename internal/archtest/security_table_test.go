package archtest

// claims are the statements of SECURITY.md that name no test themselves, by how they begin, with what proves them:
// tests, or files of the repository; or why there is nothing to prove.
var claims = []struct{ begins, proof, why string }{
	{"Please report a vulnerability", "", "a request"},
	{"All input is untrusted.", "", "the next sentences give the details"},
	{"Kernel replies, recordings,", "FuzzDecodeInet FuzzAttrs FuzzDump FuzzRecording FuzzParseMount FuzzStat FuzzLink FuzzMain .ci/fuzz", ""},
	{"Administrators give these programs rights", "TestAttackFiles TestCaller", ""},
	{"The pager is less, always with LESSSECURE=1", "TestPagerCommand TestPagerGets", ""},
	{"It is not sandboxed, but drops", "TestAttackExporterClients", ""},
	{"Names of programs, ports, process ids", "TestAttackRedacted", ""},
	{"With the secret of `--redact-key`", "TestAddrKey TestKeys", ""},
	{"`nlstat events` and `--watch` receive", "TestEventsSlowReader", ""},
	{"Everything except the following works", "TestOwnerNotices TestFlowsWithoutRights integration/TestEventsRefused", ""},
	{"Give a copy of the program the capabilities", "integration/TestDocs", ""},
	{"Users of that copy see the owners", "TestAttackFiles TestAttackPlaces", ""},
	{"Or start it with ambient capabilities", "integration/TestDocs TestAttackFiles", ""},
	{"Seccomp prevents it from opening files", "TestConfine TestCallFilter TestConfinedCommands", ""},
	{"Landlock, since Linux 5.13", "TestConfine TestConfinedCommands", ""},
	{"Other runs have only the seccomp filter", "TestConfine TestConfinedCommands", ""},
	{"Descriptors that are already open are not", "TestConfine TestAttackTerminal", ""},
	{"While a pager may still have to be started", "TestAttackPagers TestDrop", ""},
	{"`ss` and `netstat` are not confined", "TestConfiners", ""},
	{"SIGSEGV, SIGBUS and SIGFPE", "TestAttackSignalsNative", ""},
	{"Programs are static and reproducible", "packaging/reproduce", ""},
	{"Libraries are few and pinned", "TestImports TestLightCommands go.sum", ""},
	{"The workflow runs `govulncheck`", ".github/workflows/ci.yml", ""},
}
