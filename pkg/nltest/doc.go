// Package nltest creates network namespaces for tests and checks the sockets in them.
//
//	func TestMain(m *testing.M) { os.Exit(nltest.Main(m)) }
//
//	func TestServer(t *testing.T) {
//		ns := nltest.New(t)
//		ns.NoLeaks()
//		l := ns.Listen("tcp", ":8080") // or what an app opens in ns.Do
//		go serve(l)
//		ns.Listening("tcp", ":8080")
//		c := ns.Dial("tcp", "127.0.0.1:8080")
//		ns.Connected("tcp", c.LocalAddr().String(), "127.0.0.1:8080")
//		stop(l, c) // else NoLeaks fails with what is left
//	}
//
// Nothing on the host is changed or visible: each namespace has a loopback interface of its own, and the
// links, addresses and routes that the test adds. All is removed at its end. Expectations are polled for
// the time of [Within], by default 5 s, and then end the test with what was found instead:
//
//	no tcp socket listens on :8080; there are:
//		tcp LISTEN 127.0.0.1:9090 serve(4711)
//
// # Rights
//
// Root can create namespaces directly (CAP_SYS_ADMIN). For other users [Main] runs the tests in a user
// namespace of their own, as `unshare --user --map-root-user` does, where they have all capabilities in
// these namespaces only. If the host forbids that too, New skips the test with the reason.
//
// Methods of an NS end the test on failure, so that they must be called from the goroutine of the test.
//
// Start reading in namespace.go and expect.go.
package nltest
