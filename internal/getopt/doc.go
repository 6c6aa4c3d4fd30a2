// Package getopt reads a command line the way GNU getopt_long does: bundles,
// permutation of operands, abbreviated long options, POSIXLY_CORRECT, and the
// error texts of glibc 2.36 byte for byte.
//
// A program describes its options in one short string and one table of [Long],
// and takes them one by one, left to right, because some of them take effect (or
// end the program) before the rest of the line is parsed:
//
//	p := getopt.New(name, args, "ab:c::", long)
//	for p.Next() {
//		switch p.Option().Value {
//		case 'a':
//		case 'b': // p.Option().Arg
//		}
//	}
//	if err := p.Err(); err != nil {
//		fmt.Fprintln(stderr, err)
//	}
//	operands := p.Operands()
//
// Not implemented, as neither netstat nor ss uses them: getopt_long_only,
// short strings that begin with '-' or ':', and the "W;" convention.
package getopt
