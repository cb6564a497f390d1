package service

import "testing"

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"epoch 3\tloss 0.1":                         "epoch 3\tloss 0.1",
		"\x1b[1;31mERROR\x1b[0m: no data":           "ERROR: no data",
		"\x1b]0;a title\x07here":                    "here",
		"\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\": "link",
		"\x1b[2K\x1b[1G 10 %\r 50 %\r100 %\r":       "100 %",
		"\x1bMup":                                   "up",
		"a\x00b\x7fc\u0085d":                        "abcd",
		"abc\u202edef\u2066ghi":                     "abcdefghi",
		"שלום, 世界 🙂":                                "שלום, 世界 🙂",
		"broken \x1b[":                              "broken [",
		"":                                          "",
	} {
		if got := plainText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
