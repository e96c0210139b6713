package password

// vector is one stored value and the password it was made from.
type vector struct {
	name, typed, stored string
	form                Form
}

// published holds the vectors that others published: the vendor's technote
// 1255244 and Designer help 9.0.1, the self-tests of John the Ripper (lotus5,
// dominosec, dominosec8), the example hashes and self-tests of hashcat (modes
// 8600, 8700, 9100).
func published() []vector {
	return []vector{
		{name: "V1 password", typed: "password", stored: "(355E98E7C7B59BD810ED845AD0FD2FC4)", form: V1},
		{name: "V1 chocolate", typed: "chocolate", stored: "(0449960361D30391DDA7747D537C32F8)", form: V1},
		{name: "V1 vanilla", typed: "vanilla", stored: "(EFFF7C4218F3CBD6D7B509CD2E021DD8)", form: V1},
		{name: "V1 secret", typed: "secret", stored: "06E0A50B579AD2CD5FFDC48564627EE7", form: V1},
		{name: "V1 lotus", typed: "lotus", stored: "CD2D90E8E00D8A2A63A81F531EA8A9A3", form: V1},
		{name: "V1 dirtydog", typed: "dirtydog", stored: "69D90B46B1AC0912E5CCF858094BBBFC", form: V1},
		{name: "V1 hashcat", typed: "hashcat", stored: "3dd2e1e5ac03e230243d58b8c5ada076", form: V1},
		{name: "V2 empty", typed: "", stored: "(GVMroLzc50YK/Yd+L8KH)", form: V2},
		{name: "V2 x", typed: "x", stored: "(GqnUDNNGNUz5HRoelmLU)", form: V2},
		{name: "V2 dupaaa123", typed: "dupaaa123", stored: "(GNBpcGJRYpBe9orUOpmZ)", form: V2},
		{name: "V2 koziolekmatolek", typed: "koziolekmatolek", stored: "(G0xjUQzdKxvHpUYqo5hU)", form: V2},
		{name: "V2 szesnascieznakow", typed: "szesnascieznakow", stored: "(G+dfECo845XxUw+nFVYD)", form: V2},
		{name: "V2 terazjakiesdwadziesciacos", typed: "terazjakiesdwadziesciacos", stored: "(GowT5I2hVHZpRWpvGmux)", form: V2},
		{name: "V2 trzydziescidwamozesieudaojnieuda", typed: "trzydziescidwamozesieudaojnieuda", stored: "(Gq2bAtpguiTSSycy6dhu)", form: V2},
		{name: "V2 looongrandominputdataforfunbutnotonlyoi!", typed: "looongrandominputdataforfunbutnotonlyoi!", stored: "(G82TtgNcqcHGkpEo7wQp)", form: V2},
		{name: "V2 hashcat", typed: "hashcat", stored: "(GDpOtD35gGlyDksQRxEU)", form: V2},
		{name: "V3 hashcat", typed: "hashcat", stored: "(HsjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1)", form: V3},
		{name: "V3 pleaseletmein", typed: "pleaseletmein", stored: "(HosOQowHtnaYQqFo/XlScup0mC30mC3KmC30mCeACAxpjQN2u)", form: V3},
		{name: "V3 hashcat", typed: "hashcat", stored: "(HC34tD3KtDp4oCZWmCJ4qC30mC30mC3KmC30mCcA5ovrMLH9M)", form: V3},
	}
}

// derived is one password with a value of each form, computed from the rules
// and checked with independent implementations. Rows 3, 6 and 7 have salts
// whose fourth octet wraps.
type derived struct {
	typed    string
	octets   string
	encoding Encoding
	v1, v2   string
	v3       string
	rounds   int
}

func derivedVectors() []derived {
	return []derived{
		{typed: "", octets: "", encoding: ASCII, v1: "(7AE2A21D8793650044AE40277EAFAA2E)", v2: "(GQLBocheOfeb81HYLeIM)", v3: "(HLVup4qp2GWvPS7VNxSSSvZ0mC30mC3KmC30mCZh+mzQFxzd6)", rounds: 5000},
		{typed: "a", octets: "a", encoding: ASCII, v1: "(420965F2DA150B44CBFADD695AB5BBE9)", v2: "(GsPHw3yN0V2TAU2O6hMp)", v3: "(HD5fZcb3LdhMiY7JzN532cZ0mC30mC3KmC30mCYwslcCwc8QE)", rounds: 5000},
		{typed: "Domino", octets: "Domino", encoding: ASCII, v1: "(AEB5929ED34F602FD98DB7917098AC5B)", v2: "(GRJf3079AU1YM0gPwPN+)", v3: "(H+N2h02i51vg75bUmFcnz6J0mC30mC30mC34mCg/kuxJw/s30)", rounds: 1},
		{typed: "correct horse battery staple", octets: "correct horse battery staple", encoding: ASCII, v1: "(CDDB14C1B5AC8D71EEAFAC103A669914)", v2: "(GthMgu1kfyHGjAshQMTW)", v3: "(HB2/x1cpUtx8aiOZeDWbjk30mC30mC3KmC30mCj2xUnWkFB/Z)", rounds: 5000},
		{typed: " leading and trailing ", octets: " leading and trailing ", encoding: ASCII, v1: "(1A85003E098920F2EB363CED3DFF1CFF)", v2: "(G/E6EeKKxAhjdaHVbG59)", v3: "(HZ505TqOpzufCYZDAuY472p0mC30mC34mC30mChsr7WMRGUZQ)", rounds: 1000},
		{typed: "fifteen-letters", octets: "fifteen-letters", encoding: ASCII, v1: "(5B76EAC423EF12CF7F38657459F54C67)", v2: "(GDq1S0oB9UsEoGwGPulK)", v3: "(HIlYD0z9JIb4aprQPO4xTO30mC30mC3KmC30mCXVnQ+989aw9)", rounds: 5000},
		{typed: "sixteen-letters!", octets: "sixteen-letters!", encoding: ASCII, v1: "(A50CBA8904047699D4EF7E9818F85552)", v2: "(GuP2w17my6UGClty5nlz)", v3: "(HvL1F1A60zh//kw+4cSEDPZ0mC30mC3KmC30mCc0XSsBOGDGJ)", rounds: 5000},
		{typed: "p@$$w0rd#%^&*()_+-=[]{}", octets: "p@$$w0rd#%^&*()_+-=[]{}", encoding: ASCII, v1: "(B7E1C44879C561F1EC59F8D85005AA00)", v2: "(G9Y6mJ+ILZWTpVHLZet9)", v3: "(HLOyFrF+lI77mHMdVb2Yaep0mC30mCJ8pD3KmCYUavIj0rqRQ)", rounds: 12345},
		{typed: "0123456789abcdef0123456789ABCDEF0123456789ghijkl0123456789GHIJKL", octets: "0123456789abcdef0123456789ABCDEF0123456789ghijkl0123456789GHIJKL", encoding: ASCII, v1: "(2D4F6F429159AD4C1DAEEC2F0285F6DC)", v2: "(GllLh6ohD3hCg+TkwwMD)", v3: "(HvliVx9tfSFsfDlr3rLfmQp0mC30mC3KmC30mCXb2FESE9GLa)", rounds: 5000},
		{typed: "Grüße", octets: "Gr\x81\xe1e", encoding: LMBCS, v1: "(B5242BFFA40DC6F68CCA65A9AE73FFE9)", v2: "(GmnQowKfx1izAFpYWc6z)", v3: "(H8bw22vmWN7YguZsKl3Cd130mC30mC3KmC30mCYUzTrAKorII)", rounds: 5000},
		{typed: "Grüße", octets: "Gr\xc3\xbc\xc3\x9fe", encoding: UTF8, v1: "(ED3EB7C0E41BAFE56867B8CF427F15D3)", v2: "(Gg+SO+3OkJPlbm8bMt1L)", v3: "(HPLD0EejONghDRmWRUWQnoJ0mC30mC3KmC30mCklLRpRG45c5)", rounds: 5000},
		{typed: "Grüße", octets: "Gr\xfc\xdfe", encoding: Latin1, v1: "(03ADAFC7869ABE466E31EF0C536E47C0)", v2: "(G/c6CdiYYzLDxAsNi9ne)", v3: "(H4Q/REjpcKHAuocPoIGgUyp0mC30mC3KmC30mCkmyVLMsCtnA)", rounds: 5000},
	}
}
