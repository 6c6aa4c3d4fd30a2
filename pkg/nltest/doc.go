// Package nltest makes network namespaces for tests, and says of the sockets in them what a test expects.
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
//		stop(l, c) // else NoLeaks says what is left
//	}
//
// Nothing of the host is changed or seen: each namespace has a loopback interface of its own, and links,
// addresses and routes as the test makes them. All of it goes with the test. What is expected may come a
// moment later: expectations look again until [Within] is over, 5 s unless told otherwise, and then end the
// test with what is there instead:
//
//	no tcp socket listens on :8080; there are:
//		tcp LISTEN 127.0.0.1:9090 serve(4711)
//
// # Rights
//
// Root makes namespaces as it is (CAP_SYS_ADMIN). For other users [Main] runs the tests in a user namespace
// of their own, as `unshare --user --map-root-user` does, where they are root over their namespaces and over
// nothing else. Where the host forbids that too, New skips the test with the reason.
//
// Methods of an NS end the test when something fails, so that they are for the goroutine of the test.
//
// Start reading in namespace.go and expect.go.
package nltest
