package btf

import (
	"math"
	"testing"
)

// compoundTests have what has parts, and what stands between a name and a type.
var compoundTests = []valueTest{
	{"modifiers", func(m *maker) uint32 {
		id := m.add(Const, "", 0, m.add(Volatile, "", 0, m.add(Restrict, "", 0, m.add(TypeTag, "user", 0, intID))))
		return m.add(Typedef, "num_t", 0, m.add(Typedef, "inner_t", 0, id))
	}, ones, "(num_t)-1"},
	{"union", func(m *maker) uint32 {
		return m.add(Union, "u", 2, 4, m.name("i"), intID, 0, m.name("c"), charID, 0)
	}, words(nil, 0x07070707), "(union u){.i = (int)117901063,.c = (char)7,}"},
	{"nested, without names", func(m *maker) uint32 {
		in := m.add(Struct, "", 1, 4, m.name("x"), intID, 0)
		return m.add(Struct, "out", 2, 8, 0, in, 0, m.name("y"), intID, 32)
	}, words(nil, 1, 2), "(struct out){(struct){.x = (int)1,},.y = (int)2,}"},
	{"empty parts", func(m *maker) uint32 {
		e, z := m.add(Struct, "e", 0, 0), m.array(intID, 0)
		return m.add(Struct, "s", 2, 0, m.name("e"), e, 0, m.name("z"), z, 0)
	}, nil, "(struct s){.e = (struct e){},.z = (int[0])[],}"},
	{"array of structures", func(m *maker) uint32 {
		return m.array(m.add(Struct, "p", 1, 4, m.name("x"), intID, 0), 2)
	}, words(nil, 1, 2), "(struct p[2])[{.x = 1,},{.x = 2,},]"},
	{
		"several dimensions", func(m *maker) uint32 { return m.array(m.array(intID, 2), 2) },
		words(nil, 1, 2, 3, 4), "(int[2][2])[[1,2,],[3,4,],]",
	},
	{
		"text that ends before the array", func(m *maker) uint32 { return m.array(charID, 6) },
		[]byte("a\x01\xff\x00bc"), `(char[6])['a',1,-1,'\0',]`,
	},
	{"text that fills the array", func(m *maker) uint32 { return m.array(charID, 2) }, []byte("~ "), `(char[2])['~',' ',]`},
	// After a text bytes are characters, and after a NUL nothing comes.
	{"characters behind a text", func(m *maker) uint32 {
		a := m.array(charID, 2)
		return m.add(Struct, "s", 4, 5, m.name("a"), a, 0, m.name("b"), charID, 16, m.name("c"), charID, 24, m.name("d"), charID, 32)
	}, []byte("a\x00b\x00d"), `(struct s){.a = (char[2])['a','\0',],.b = (char)'b',.c = (char)'\0',.d = (char)}`},
	// An element that is missing is left out, the others are printed.
	{"array longer than the value", func(m *maker) uint32 { return m.array(intID, 3) }, words(nil, 5, 6), "(int[3])[5,6,]"},
}

func TestCompounds(t *testing.T) { testValues(t, compoundTests) }

func TestBitfields(t *testing.T) {
	if !littleEndian {
		t.Skip("the bits are laid out for machines whose least byte comes first")
	}
	testValues(t, []valueTest{
		{"bitfields", func(m *maker) uint32 {
			e := m.add(Enum, "", 2, 4, m.name("OFF"), 0, m.name("ON"), 1)
			return m.add(Struct, "b", 4|flagged, 4, m.name("a"), intID, 3<<24, m.name("b"), intID, 9<<24|3,
				m.name("c"), e, 1<<24|12, m.name("d"), intID, 19<<24|13)
		}, words(nil, 5|300<<3|1<<12|0x7ffff<<13), "(struct b){.a = (int)0x5,.b = (int)0x12c,.c = (enum )ON,.d = (int)0x7ffff,}"},
		{"without the flag offsets have 32 bits", func(m *maker) uint32 {
			return m.add(Struct, "b", 1, 4+1<<21, m.name("a"), intID, 1<<24)
		}, words(make([]byte, 1<<21), 9), "(struct b){.a = (int)9,}"},
		{"at the end of the value", func(m *maker) uint32 {
			return m.add(Struct, "b", 1|flagged, 2, m.name("a"), intID, 3<<24|8)
		}, []byte{0xff, 0xfd}, "(struct b){.a = (int)0x5,}"},
	})
}

// declarationTests print types only: the values are null pointers.
var declarationTests = []valueTest{
	{"to a structure announced", func(m *maker) uint32 { return m.ptr(m.add(Fwd, "sock", 0, 0)) }, nil, "struct sock *"},
	{"to a union announced", func(m *maker) uint32 { return m.ptr(m.add(Fwd, "u", flagged, 0)) }, nil, "union u *"},
	{"to an enum announced", func(m *maker) uint32 { return m.ptr(m.add(Enum, "e", 0, 4)) }, nil, "enum e *"},
	{"to a pointer", func(m *maker) uint32 { return m.ptr(m.ptr(charID)) }, nil, "char **"},
	{"to an array", func(m *maker) uint32 { return m.ptr(m.array(intID, 4)) }, nil, "int(*)[4]"},
	{"to an array of pointers", func(m *maker) uint32 { return m.ptr(m.array(m.ptr(intID), 4)) }, nil, "int *(*)[4]"},
	{"to a function", func(m *maker) uint32 { return m.ptr(m.add(FuncProto, "", 0, 0)) }, nil, "void (*)(void)"},
	{"to a function with arguments", func(m *maker) uint32 {
		p := m.ptr(charID)
		return m.ptr(m.add(FuncProto, "", 2, intID, m.name("p"), p, m.name("n"), intID))
	}, nil, "int (*)(char *p, int n)"},
	{"to a function that takes more", func(m *maker) uint32 {
		return m.ptr(m.add(FuncProto, "", 2, intID, m.name("n"), intID, 0, 0))
	}, nil, "int (*)(int n, ...)"},
	{"to a function that takes arrays", func(m *maker) uint32 {
		flat := m.array(m.array(intID, 2), 3)
		p := m.ptr(flat)
		return m.ptr(m.add(FuncProto, "", 3, 0, m.name("x"), flat, m.name("y"), p, m.name("z"), m.array(p, 4)))
	}, nil, "void (*)(int x[3][2], int (*y)[3][2], int (*z[4])[3][2])"},
	{"to a function that takes a function", func(m *maker) uint32 {
		f := m.ptr(m.add(FuncProto, "", 1, 0, 0, intID))
		return m.ptr(m.add(FuncProto, "", 1, intID, m.name("f"), f))
	}, nil, "int (*)(void (*f)(int))"},
	{"to a structure that points to itself", func(m *maker) uint32 {
		p := m.next()
		m.ptr(p + 1)
		m.add(Struct, "list", 1, 8, m.name("next"), p, 0)
		return p
	}, nil, "struct list *"},
	{"to what is not there", func(m *maker) uint32 { return m.ptr(math.MaxUint32) }, nil, "void *"},
}

func TestDeclarations(t *testing.T) {
	tests := make([]valueTest, len(declarationTests))
	for i, c := range declarationTests {
		c.val, c.want = wide(0), "("+c.want+")(nil)"
		tests[i] = c
	}
	testValues(t, tests)
}

// TestSameNames has types that are told apart, in the order in which they are met.
func TestSameNames(t *testing.T) {
	m := newMaker()
	a, b := m.add(Struct, "same", 0, 0), m.add(Union, "same", 0, 0)
	def := m.add(Typedef, "same", 0, intID) // counted apart
	d := NewDumper(m.parse(t))
	for _, c := range []struct {
		id   uint32
		want string
	}{{b, "(union same){}"}, {a, "(struct same___2){}"}, {def, "(same)-1"}, {b, "(union same){}"}, {a, "(struct same___2){}"}} {
		got, _, err := d.Append(nil, c.id, ones, Layout{Compact: true})
		if string(got) != c.want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
	}
}
