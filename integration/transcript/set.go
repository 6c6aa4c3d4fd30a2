package transcript

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// A Set is one file: command lines of a program over one input.
type Set struct {
	Program string // "ss" or "netstat"
	Input   string // in testdata/inputs
	Cases   []Case
}

// A Case is a command line and its answer.
type Case struct {
	Line   string // words as Words takes them apart, variables of the environment (NAME=value) first
	Answer Answer
}

// An Answer is the output and exit code of a program.
type Answer struct {
	Stdout, Stderr string
	Code           int
}

var variable = regexp.MustCompile(`^[A-Z_]+=`)

// Words splits a line at blanks, but not inside single quotes, into variables and arguments.
func Words(line string) (env, args []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			if len(args) == 0 && variable.MatchString(word) {
				env = append(env, word)
			} else {
				args = append(args, word)
			}
		}
	}
	return env, args
}

// Read reads a set from its file, which may be compressed.
func Read(path string) (*Set, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// maxText is the maximum size of a decompressed file.
const maxText = 64 << 20

// readFile reads a file, and takes compression off if its name says so.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read-only
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, maxText))
}

// Write writes a set back, compressed if its name says so. The same set gives the same bytes.
func (s *Set) Write(path string) error { return writeFile(path, s.Append(nil)) }

func writeFile(path string, text []byte) error {
	if strings.HasSuffix(path, ".gz") {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(text); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		text = b.Bytes()
	}
	return os.WriteFile(path, text, 0o644)
}

// Parse reads the text of a set.
func Parse(text []byte) (*Set, error) {
	s := &Set{}
	answers := map[string]Answer{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if err := s.parseLine(line, answers); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if s.Program == "" {
		return nil, errors.New("no program is named")
	}
	return s, nil
}

var errStray = errors.New("an answer without a command line")

func (s *Set) parseLine(line string, answers map[string]Answer) error {
	if word, value, _ := strings.Cut(line, " "); len(s.Cases) == 0 {
		switch word {
		case "program":
			s.Program = value
			return nil
		case "input":
			s.Input = value
			return nil
		}
	}
	if line == "" || line[0] == '#' {
		return nil
	}
	mark, rest := line[0], line[1:]
	if mark == '$' {
		s.Cases = append(s.Cases, Case{Line: strings.TrimPrefix(rest, " ")})
		return nil
	}
	if len(s.Cases) == 0 {
		return errStray
	}
	c := &s.Cases[len(s.Cases)-1]
	switch mark {
	case '>':
		c.Answer.Stdout += unmarked(rest)
	case '!':
		c.Answer.Stderr += unmarked(rest)
	case '?':
		code, err := strconv.Atoi(strings.TrimSpace(rest))
		if err != nil {
			return err
		}
		c.Answer.Code = code
	case '=':
		earlier, ok := answers[strings.TrimPrefix(rest, " ")]
		if !ok {
			return fmt.Errorf("no answer before this one to %q", rest)
		}
		c.Answer = earlier
	default:
		return fmt.Errorf("what is %q?", line)
	}
	answers[c.Line] = c.Answer
	return nil
}

// unmarked returns the text of a line behind its mark.
func unmarked(rest string) string {
	if text, cut := strings.CutPrefix(rest, `\`); cut {
		return text
	}
	return rest + "\n"
}

// Append writes the text of a set.
func (s *Set) Append(b []byte) []byte {
	b = fmt.Appendf(b, "program %s\n", s.Program)
	if s.Input != "" {
		b = fmt.Appendf(b, "input %s\n", s.Input)
	}
	earlier, latest := map[Answer]string{}, map[string]Answer{}
	for _, c := range s.Cases {
		b = fmt.Appendf(b, "\n$ %s\n", c.Line)
		line, ok := earlier[c.Answer]
		ok = ok && latest[line] == c.Answer && c.Answer != (Answer{})
		latest[c.Line] = c.Answer
		if ok {
			b = fmt.Appendf(b, "= %s\n", line)
			continue
		}
		earlier[c.Answer] = c.Line
		b = appendMarked(b, '>', c.Answer.Stdout)
		b = appendMarked(b, '!', c.Answer.Stderr)
		if c.Answer.Code != 0 {
			b = fmt.Appendf(b, "? %d\n", c.Answer.Code)
		}
	}
	return b
}

func appendMarked(b []byte, mark byte, text string) []byte {
	for line := range strings.Lines(text) {
		whole := strings.TrimSuffix(line, "\n")
		if whole != line && !strings.HasPrefix(line, `\`) {
			b = append(append(b, mark), line...)
			continue
		}
		// The mark for a line without a newline also serves for one that begins like it: in two parts then.
		b = append(append(append(b, mark, '\\'), whole...), '\n')
		if whole != line {
			b = append(b, mark, '\n')
		}
	}
	return b
}
