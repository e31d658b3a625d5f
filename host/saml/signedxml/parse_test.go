package signedxml_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
)

// TestParseRefusals holds every rule of the gate together with its positive twin, the same document without the one
// thing that is wrong.
func TestParseRefusals(t *testing.T) {
	repeat := strings.Repeat
	for name, c := range map[string]struct{ code, bad, twin string }{
		"doctype":                  {signedxml.CodeDoctype, `<!DOCTYPE r><r/>`, `<r/>`},
		"doctype with entities":    {signedxml.CodeDoctype, `<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>`, `<r>&amp;</r>`},
		"doctype inside":           {signedxml.CodeDoctype, `<r><!DOCTYPE r></r>`, `<r></r>`},
		"comment":                  {signedxml.CodeComment, `<r>a<!-- -->b</r>`, `<r>ab</r>`},
		"comment before":           {signedxml.CodeComment, `<!----><r/>`, `<r/>`},
		"comment after":            {signedxml.CodeComment, `<r/><!---->`, `<r/> `},
		"instruction":              {signedxml.CodePI, `<r><?x y?></r>`, `<r>x y</r>`},
		"instruction before":       {signedxml.CodePI, `<?xml-stylesheet?><r/>`, `<?xml version="1.0"?><r/>`},
		"declaration too late":     {signedxml.CodePI, ` <?xml version="1.0"?><r/>`, ` <r/>`},
		"declaration twice":        {signedxml.CodePI, `<?xml version="1.0"?><?xml version="1.0"?><r/>`, `<?xml version="1.0"?><r/>`},
		"nothing":                  {signedxml.CodeNotSingleRoot, ``, `<r/>`},
		"white space only":         {signedxml.CodeNotSingleRoot, "\r\n\t ", "\r\n\t <r/>"},
		"second root":              {signedxml.CodeNotSingleRoot, `<r/><r/>`, `<r><r/></r>`},
		"text after":               {signedxml.CodeNotSingleRoot, `<r/>x`, "<r/>\n"},
		"text before":              {signedxml.CodeNotSingleRoot, `x<r/>`, "\n<r/>"},
		"reference outside":        {signedxml.CodeNotSingleRoot, `&#32;<r/>`, ` <r/>`},
		"CDATA outside":            {signedxml.CodeNotSingleRoot, `<r/><![CDATA[]]>`, `<r><![CDATA[]]></r>`},
		"byte order mark":          {signedxml.CodeEncoding, "\uFEFF<r/>", "<r>\uFEFF</r>"},
		"UTF-16":                   {signedxml.CodeEncoding, "\xFF\xFE<\x00r\x00/\x00>\x00", `<r/>`},
		"UTF-16 without a mark":    {signedxml.CodeEncoding, "<\x00r\x00/\x00>\x00", `<r/>`},
		"Latin 1":                  {signedxml.CodeEncoding, `<?xml version="1.0" encoding="ISO-8859-1"?><r/>`, `<?xml version="1.0" encoding="utf-8"?><r/>`},
		"UTF-7":                    {signedxml.CodeEncoding, `<?xml version="1.0" encoding="UTF-7"?><r/>`, `<?xml version='1.0' encoding='UTF-8'?><r/>`},
		"XML 1.1":                  {signedxml.CodeEncoding, `<?xml version="1.1"?><r/>`, `<?xml version="1.0"?><r/>`},
		"no UTF-8":                 {signedxml.CodeEncoding, "<r>\xE9</r>", "<r>\u00E9</r>"},
		"overlong UTF-8":           {signedxml.CodeEncoding, "<r>\xC0\xBC</r>", "<r>&lt;</r>"},
		"surrogate in UTF-8":       {signedxml.CodeEncoding, "<r>\xED\xA0\x80</r>", "<r>\U00010000</r>"},
		"NUL first":                {signedxml.CodeEncoding, "\x00<r/>", "\t<r/>"},
		"NUL":                      {signedxml.CodeEncoding, "<r>\x00</r>", "<r>\t</r>"},
		"NUL in a value":           {signedxml.CodeEncoding, "<r a='\x00'/>", "<r a='\t'/>"},
		"control in CDATA":         {signedxml.CodeEncoding, "<r><![CDATA[\x0B]]></r>", "<r><![CDATA[\t]]></r>"},
		"NUL by reference":         {signedxml.CodeEncoding, "<r>&#0;</r>", "<r>&#9;</r>"},
		"surrogate by reference":   {signedxml.CodeEncoding, "<r>&#xD800;</r>", "<r>&#xE000;</r>"},
		"reference of 11 digits":   {signedxml.CodeMalformed, "<r>&#00000000065;</r>", "<r>&#0000000065;</r>"},
		"beyond Unicode":           {signedxml.CodeEncoding, "<r>&#x110000;</r>", "<r>&#x10FFFF;</r>"},
		"U+FFFE":                   {signedxml.CodeEncoding, "<r>\uFFFE</r>", "<r>\uFFFD</r>"},
		"U+FFFF by reference":      {signedxml.CodeEncoding, "<r a='&#xFFFF;'/>", "<r a='&#xFFFD;'/>"},
		"attribute twice":          {signedxml.CodeDupAttr, `<r a="1" a="1"/>`, `<r a="1" A="1"/>`},
		"attribute twice by name":  {signedxml.CodeDupAttr, `<r xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2"/>`, `<r xmlns:p="urn:x" xmlns:q="urn:y" p:a="1" q:a="2"/>`},
		"declaration of p twice":   {signedxml.CodeDupAttr, `<r xmlns:p="urn:x" xmlns:p="urn:x"/>`, `<r xmlns:p="urn:x" xmlns:q="urn:x"/>`},
		"default declared twice":   {signedxml.CodeDupAttr, `<r xmlns="urn:x" xmlns=""/>`, `<r xmlns="urn:x"><s xmlns=""/></r>`},
		"qualified ID":             {signedxml.CodeBadID, `<r xmlns:x="urn:x" x:ID="a"/>`, `<r xmlns:x="urn:x" ID="a"/>`},
		"ID twice":                 {signedxml.CodeBadID, `<r ID="a"><s><t ID="a"/></s></r>`, `<r ID="a"><s><t ID="A"/></s></r>`},
		"ID twice, one by escape":  {signedxml.CodeBadID, `<r ID="a"><t ID="&#97;"/></r>`, `<r ID="a"><t ID="&#98;"/></r>`},
		"ID empty":                 {signedxml.CodeBadID, `<r ID=""/>`, `<r/>`},
		"ID begins with a digit":   {signedxml.CodeBadID, `<r ID="1a"/>`, `<r ID="_1a"/>`},
		"ID with a colon":          {signedxml.CodeBadID, `<r ID="a:b"/>`, `<r ID="a.b-"/>`},
		"ID with a space":          {signedxml.CodeBadID, `<r ID=" a"/>`, `<r ID="a"/>`},
		"ID with a quote":          {signedxml.CodeBadID, `<r ID="a'--"/>`, `<r ID="a--"/>`},
		"ID too long":              {signedxml.CodeBadID, `<r ID="` + repeat("a", 257) + `"/>`, `<r ID="` + repeat("a", 256) + `"/>`},
		"undeclared":               {signedxml.CodeNamespace, `<p:r/>`, `<p:r xmlns:p="urn:x"/>`},
		"undeclared attribute":     {signedxml.CodeNamespace, `<r p:a=""/>`, `<r xmlns:p="urn:x" p:a=""/>`},
		"declared too late":        {signedxml.CodeNamespace, `<r><s xmlns:p="urn:x"/><p:s/></r>`, `<r><s xmlns:p="urn:x"><p:s/></s></r>`},
		"prefix with two meanings": {signedxml.CodeNamespace, `<r xmlns:p="urn:x"><s xmlns:p="urn:y"/></r>`, `<r xmlns="urn:x"><s xmlns="urn:y"/></r>`},
		"two meanings, apart":      {signedxml.CodeNamespace, `<r><s xmlns:p="urn:x"/><s xmlns:p="urn:y"/></r>`, `<r><s xmlns:p="urn:x"/><s xmlns:p="urn:x"/></r>`},
		"relative namespace":       {signedxml.CodeNamespace, `<r xmlns="x"/>`, `<r xmlns="x:y"><s xmlns="urn:x"/></r>`},
		"relative, path":           {signedxml.CodeNamespace, `<r xmlns:p="/x:y"/>`, `<r xmlns:p="a+b-c.1:y"/>`},
		"namespace with a space":   {signedxml.CodeNamespace, `<r xmlns="urn:x "/>`, `<r xmlns="urn:x"/>`},
		"namespace with an &":      {signedxml.CodeNamespace, `<r xmlns="http://x/?a&amp;b"/>`, `<r xmlns="http://x/?a"/>`},
		"xml rebound":              {signedxml.CodeNamespace, `<r xmlns:xml="urn:x"/>`, `<r xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`},
		"xml's namespace taken":    {signedxml.CodeNamespace, `<r xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, `<r xml:lang="en"/>`},
		"xml's namespace default":  {signedxml.CodeNamespace, `<r xmlns="http://www.w3.org/XML/1998/namespace"/>`, `<r xmlns="http://www.w3.org/XML/1998/namespac"/>`},
		"xmlns rebound":            {signedxml.CodeNamespace, `<r xmlns:xmlns="urn:x"/>`, `<r xmlns:xmln="urn:x"/>`},
		"xmlns' namespace taken":   {signedxml.CodeNamespace, `<r xmlns:p="http://www.w3.org/2000/xmlns/"/>`, `<r xmlns:p="http://www.w3.org/2000/xmlns"/>`},
		"element of xmlns":         {signedxml.CodeNamespace, `<xmlns:r/>`, `<r/>`},
		"prefix undeclared":        {signedxml.CodeNamespace, `<r xmlns:p=""/>`, `<r xmlns=""/>`},
		"two colons":               {signedxml.CodeNamespace, `<a:b:c xmlns:a="urn:x"/>`, `<a:b.c xmlns:a="urn:x"/>`},
		"two colons, attribute":    {signedxml.CodeNamespace, `<r xmlns:a="urn:x" a:b:c=""/>`, `<r xmlns:a="urn:x" a:b=""/>`},
		"colon first":              {signedxml.CodeNamespace, `<:r/>`, `<r/>`},
		"colon last":               {signedxml.CodeNamespace, `<r: xmlns:r="urn:x"/>`, `<r:r xmlns:r="urn:x"/>`},
		"colon alone":              {signedxml.CodeNamespace, `<r :=""/>`, `<r _=""/>`},
		"not closed":               {signedxml.CodeMalformed, `<r><s></r>`, `<r><s></s></r>`},
		"never closed":             {signedxml.CodeMalformed, `<r>`, `<r></r>`},
		"closed by a prefix of it": {signedxml.CodeMalformed, `<r></rs>`, `<r></r >`},
		"closed by another prefix": {signedxml.CodeMalformed, `<p:r xmlns:p="urn:x" xmlns:q="urn:x"></q:r>`, `<p:r xmlns:p="urn:x" xmlns:q="urn:x"></p:r>`},
		"closed twice":             {signedxml.CodeMalformed, `<r/></r>`, `<r/>`},
		"end tag with attribute":   {signedxml.CodeMalformed, `<r></r a="">`, `<r a=""></r>`},
		"name begins with a digit": {signedxml.CodeMalformed, `<1r/>`, `<r1/>`},
		"local begins with a dash": {signedxml.CodeMalformed, `<a:-r xmlns:a="urn:x"/>`, `<a:r- xmlns:a="urn:x"/>`},
		"name with wide dash":      {signedxml.CodeMalformed, `<r—s/>`, `<ré/>`},
		"space before the name":    {signedxml.CodeMalformed, `< r/>`, `<r />`},
		"no space between":         {signedxml.CodeMalformed, `<r a="1"b="2"/>`, `<r a="1" b="2"/>`},
		"no quotes":                {signedxml.CodeMalformed, `<r a=1/>`, `<r a='1'/>`},
		"no value":                 {signedxml.CodeMalformed, `<r a/>`, `<r a=""/>`},
		"value not closed":         {signedxml.CodeMalformed, `<r a="1/>`, `<r a="1"/>`},
		"value with <":             {signedxml.CodeMalformed, `<r a="<"/>`, `<r a="&lt;"/>`},
		"unknown entity":           {signedxml.CodeMalformed, `<r>&nbsp;</r>`, `<r>&apos;</r>`},
		"bare &":                   {signedxml.CodeMalformed, `<r>a & b</r>`, `<r>a &amp; b</r>`},
		"bare & in a value":        {signedxml.CodeMalformed, `<r a="a&b"/>`, `<r a="a&quot;b"/>`},
		"reference without ;":      {signedxml.CodeMalformed, `<r>&#97</r>`, `<r>&#97;</r>`},
		"reference with X":         {signedxml.CodeMalformed, `<r>&#X61;</r>`, `<r>&#x61;</r>`},
		"reference with a sign":    {signedxml.CodeMalformed, `<r>&#+97;</r>`, `<r>&#097;</r>`},
		"reference empty":          {signedxml.CodeMalformed, `<r>&#x;</r>`, `<r>&#xa;</r>`},
		"]]> in text":              {signedxml.CodeMalformed, `<r>]]></r>`, `<r>]]&gt;</r>`},
		"]]> in mended text":       {signedxml.CodeMalformed, `<r>&amp;]]></r>`, `<r>&amp;]>]</r>`},
		"CDATA not closed":         {signedxml.CodeMalformed, `<r><![CDATA[</r>`, `<r><![CDATA[</r>]]></r>`},
		"CDATA in lower case":      {signedxml.CodeMalformed, `<r><![cdata[]]></r>`, `<r><![CDATA[]]></r>`},
		"unknown markup":           {signedxml.CodeMalformed, `<r><!x></r>`, `<r><x/></r>`},
		"declaration without 1.0":  {signedxml.CodeMalformed, `<?xml encoding="UTF-8"?><r/>`, `<?xml version="1.0" standalone="no"?><r/>`},
		"declaration out of order": {signedxml.CodeMalformed, `<?xml version="1.0" standalone="no" encoding="UTF-8"?><r/>`, `<?xml version="1.0" encoding="UTF-8" standalone="no"?><r/>`},
		"declaration, no space":    {signedxml.CodeMalformed, `<?xml version="1.0"encoding="UTF-8"?><r/>`, `<?xml version="1.0" encoding="UTF-8"?><r/>`},
		"declaration without =":    {signedxml.CodeMalformed, `<?xml version:"1.0"?><r/>`, `<?xml version= "1.0"?><r/>`},
		"declaration, odd quotes":  {signedxml.CodeMalformed, `<?xml version=x1.0x?><r/>`, `<?xml version='1.0'?><r/>`},
		"declaration, open quote":  {signedxml.CodeMalformed, `<?xml version="1.0?><r/>`, `<?xml version="1.0"?><r/>`},
		"declaration, no encoding": {signedxml.CodeMalformed, `<?xml version="1.0" encoding=""?><r/>`, `<?xml version="1.0" encoding="Utf-8"?><r/>`},
		"standalone perhaps":       {signedxml.CodeMalformed, `<?xml version="1.0" standalone="perhaps"?><r/>`, `<?xml version="1.0" standalone="yes"?><r/>`},
		"control in mended text":   {signedxml.CodeEncoding, "<r>&amp;\x01</r>", "<r>&amp;\t</r>"},
		"control in mended value":  {signedxml.CodeEncoding, "<r a='&amp;\x01'/>", "<r a='&amp;\t'/>"},
		"ends before a value":      {signedxml.CodeMalformed, `<r a=`, `<r a=""/>`},
		"something else than =":    {signedxml.CodeMalformed, `<r a+"1"/>`, `<r a="1"/>`},
		"entity like a number":     {signedxml.CodeMalformed, `<r>&a65;</r>`, `<r>&#65;</r>`},
		"declaration not closed":   {signedxml.CodeMalformed, `<?xml version="1.0"><r/>`, `<?xml version = "1.0" ?><r/>`},
		"lone <":                   {signedxml.CodeMalformed, `<`, `<r/>`},
		"bytes":                    {signedxml.CodeLimits, `<r>` + repeat(" ", 512<<10) + `</r>`, `<r>` + repeat(" ", 512<<10-7) + `</r>`},
		"depth":                    {signedxml.CodeLimits, repeat("<r>", 33) + repeat("</r>", 33), repeat("<r>", 32) + repeat("</r>", 32)},
		"elements":                 {signedxml.CodeLimits, "<r>" + repeat("<r/>", 16<<10) + "</r>", "<r>" + repeat("<r/>", 16<<10-1) + "</r>"},
		"attributes":               {signedxml.CodeLimits, attributes(33), attributes(32)},
		"prefixes":                 {signedxml.CodeLimits, declarations(31), declarations(30)},
		"namespaces":               {signedxml.CodeLimits, defaultsOf(31), defaultsOf(30)},
		"declarations":             {signedxml.CodeLimits, "<r" + declared(17) + "/>", "<r" + declared(16) + "/>"},
		"name":                     {signedxml.CodeLimits, "<" + repeat("r", 129) + "/>", "<" + repeat("r", 128) + "/>"},
		"namespace URI":            {signedxml.CodeLimits, `<r xmlns="urn:` + repeat("r", 253) + `"/>`, `<r xmlns="urn:` + repeat("r", 252) + `"/>`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := signedxml.Parse([]byte(c.bad), signedxml.DefaultLimits())
			requireCode(t, c.code, err)
			_, err = signedxml.Parse([]byte(c.twin), signedxml.DefaultLimits())
			require.NoError(t, err, "the twin")
		})
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return `<r xmlns:p="urn:p"` + b.String() + "/>"
}

func declared(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` xmlns:p%d="urn:p"`, i)
	}
	return b.String()
}

// declarations spreads n prefixes of one namespace over elements of their own.
func declarations(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<r xmlns:p%d="urn:p"/>`, i)
	}
	return "<r>" + b.String() + "</r>"
}

// defaultsOf uses n namespaces with one prefix.
func defaultsOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<r xmlns="urn:%d"/>`, i)
	}
	return "<r>" + b.String() + "</r>"
}

// TestErrorsTellNoContent: the detail of a refusal goes into the login trace.
func TestErrorsTellNoContent(t *testing.T) {
	for _, doc := range []string{
		`<r a="secret" a="secret"/>`, `<r ID="secret secret"/>`, `<r>secret`, `<r/>secret`, `<r>&secret;</r>`,
		`<r xmlns:p="secret"/>`, `<r><!--secret--></r>`, `<r><?secret?></r>`, `<!DOCTYPE secret><r/>`, `<r>&#xsecret;</r>`, `<!secret><r/>`,
		`<?xml version="secret"?><r/>`, `<r ID="secret"><s ID="secret"/></r>`,
	} {
		_, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
		require.Error(t, err, doc)
		require.NotContains(t, err.Error(), "secret", doc)
	}
}

// TestGroupsAsOktaSendsThem: 10,000 groups are legal, and so is declaring xs and xsi anew on each of as many as fit.
func TestGroupsAsOktaSendsThem(t *testing.T) {
	many := `<s:R xmlns:s="urn:s">` + strings.Repeat("<s:AttributeValue>g</s:AttributeValue>", 10_000) + `</s:R>`
	const value = `<s:V xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">g</s:V>`
	declaring := `<s:R xmlns:s="urn:s">` + strings.Repeat(value, (512<<10-60)/len(value)) + `</s:R>`
	for _, doc := range []string{many, declaring} {
		d, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
		require.NoError(t, err)
		_, err = d.Root().AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
		require.NoError(t, err)
	}
}

func utf16Bytes(order binary.AppendByteOrder, text string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// TestLenientReadsMetadataOfTheWild and refuses what even metadata has no business to hold.
func TestLenientReadsMetadataOfTheWild(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="%s"?><r a="é">é😀</r>`
	le, be := binary.LittleEndian, binary.BigEndian
	for name, c := range map[string]struct{ doc, text string }{
		"byte order mark":       {"\uFEFF" + fmt.Sprintf(doc, "utf-8"), "é😀"},
		"UTF-16LE":              {string(utf16Bytes(le, "\uFEFF"+fmt.Sprintf(doc, "utf-16"))), "é😀"},
		"UTF-16BE":              {string(utf16Bytes(be, "\uFEFF"+fmt.Sprintf(doc, "UTF-16"))), "é😀"},
		"UTF-16LE, marked":      {string(utf16Bytes(le, "\uFEFF\uFEFF<r>é😀</r>")), "é😀"},
		"Latin 1 behind spaces": {"\n\t <?xml version='1.0' encoding='iso-8859-1'?><r>\xE9</r>", "é"},
		"Latin 1":               {"<?xml version='1.0' encoding='iso-8859-1'?><r>\xE9</r>", "é"},
		"white space before":    {"\r\n <?xml version='1.0'?><r>x</r>", "x"},
		"comments":              {"<!-- a --><r>x<!--y--><!---->z</r><!--b-->", "xz"},
		"instructions":          {"<?xml-stylesheet href='x'?><r>x<?y?><?y z\n?>z</r>", "xz"},
		"prefix rebound":        {`<r xmlns:p="urn:x"><s xmlns:p="urn:y"/>x</r>`, "x"},
		"relative namespace":    {`<r xmlns:p="x">x</r>`, "x"},
		"ID twice":              {`<r ID="1"><s ID="1"/>x</r>`, "x"},
		"deeper than a message": {strings.Repeat("<r>", 64) + strings.Repeat("</r>", 64), ""},
		"longer than a message": {"<r>" + strings.Repeat("x", 2<<20-7) + "</r>", strings.Repeat("x", 2<<20-7)},
		"elements":              {"<r>" + strings.Repeat("<r/>", 128<<10-1) + "</r>", ""},
		"prefixes":              {declarations(254), ""},
		"declarations":          {"<r" + declared(32) + "/>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := signedxml.Parse([]byte(c.doc), signedxml.MetadataLimits())
			require.NoError(t, err)
			require.Equal(t, c.text, d.Root().Text())
			_, err = signedxml.Parse([]byte(c.doc), signedxml.DefaultLimits())
			require.Error(t, err)
		})
	}
	for name, c := range map[string]struct{ code, doc string }{
		"doctype":                {signedxml.CodeDoctype, `<!DOCTYPE r><r/>`},
		"too deep":               {signedxml.CodeLimits, strings.Repeat("<r>", 65) + strings.Repeat("</r>", 65)},
		"too long":               {signedxml.CodeLimits, "<r>" + strings.Repeat("x", 2<<20-6) + "</r>"},
		"too many elements":      {signedxml.CodeLimits, "<r>" + strings.Repeat("<r/>", 128<<10) + "</r>"},
		"too many prefixes":      {signedxml.CodeLimits, declarations(255)},
		"too many declarations":  {signedxml.CodeLimits, "<r" + declared(33) + "/>"},
		"declaration not closed": {signedxml.CodeMalformed, `<?xml version="1.0"`},
		"Latin 1 of no document": {signedxml.CodeEncoding, "<?abc version=\"1.0\" encoding=\"ISO-8859-1\"?><r>\xE9</r>"},
		"odd UTF-16":             {signedxml.CodeEncoding, "\xFF\xFE<\x00r\x00/\x00>"},
		"unpaired surrogate":     {signedxml.CodeEncoding, string(utf16Bytes(le, "\uFEFF<r>")) + "\x00\xD8" + string(utf16Bytes(le, "</r>"))},
		"surrogate at the end":   {signedxml.CodeEncoding, string(utf16Bytes(le, "\uFEFF<r/>")) + "\x00\xD8"},
		"other encoding":         {signedxml.CodeEncoding, `<?xml version="1.0" encoding="windows-1252"?><r/>`},
		"comment not closed":     {signedxml.CodeMalformed, `<r><!-- </r>`},
		"comment with dashes":    {signedxml.CodeMalformed, `<r><!-- -- --></r>`},
		"comment of three":       {signedxml.CodeMalformed, `<r><!-- ---></r>`},
		"control in a comment":   {signedxml.CodeEncoding, "<r><!--\x01--></r>"},
		"instruction not closed": {signedxml.CodeMalformed, `<r><?x </r>`},
		"second declaration":     {signedxml.CodeMalformed, `<r><?XML version="1.0"?></r>`},
		"instruction no name":    {signedxml.CodeMalformed, `<r><? x?></r>`},
		"two roots":              {signedxml.CodeNotSingleRoot, `<r/><!-- --><r/>`},
		"attribute twice":        {signedxml.CodeDupAttr, `<r a="" a=""/>`},
		"not UTF-8":              {signedxml.CodeEncoding, "<r>\xE9</r>"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := signedxml.Parse([]byte(c.doc), signedxml.MetadataLimits())
			requireCode(t, c.code, err)
		})
	}
}

// TestUTF8 keeps the declaration, whatever it says; the caller knows what the text is for.
func TestUTF8(t *testing.T) {
	for doc, want := range map[string]string{
		"<?xml version='1.0' encoding='iso-8859-1'?><r>\xE9</r>":        "<?xml version='1.0' encoding='iso-8859-1'?><r>é</r>",
		string(utf16Bytes(binary.LittleEndian, "\uFEFF\uFEFF<r>é</r>")): "<r>é</r>",
		"\uFEFF<r>é</r>": "<r>é</r>",
	} {
		text, err := signedxml.UTF8([]byte(doc))
		require.NoError(t, err)
		require.Equal(t, want, text)
	}
	_, err := signedxml.UTF8([]byte("\xE9"))
	requireCode(t, signedxml.CodeEncoding, err)
}

// TestNamesBeyondASCII: what may begin a name, and what may only follow.
func TestNamesBeyondASCII(t *testing.T) {
	for doc, code := range map[string]string{
		`<é:r xmlns:é="urn:x"/>`:   "",
		`<é:é xmlns:é="urn:x"/>`:   "",
		`<e·:r xmlns:e·="urn:x"/>`: "",
		`<·e:r xmlns:·e="urn:x"/>`: signedxml.CodeMalformed,
		`<é:·r xmlns:é="urn:x"/>`:  signedxml.CodeMalformed,
		`<r ·="x"/>`:               signedxml.CodeMalformed,
	} {
		_, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
		if code == "" {
			require.NoError(t, err, doc)
			continue
		}
		requireCode(t, code, err)
	}
}

// TestLineEnds: XML 1.0, 2.11, wherever a line ends, also where the document does.
func TestLineEnds(t *testing.T) {
	for doc, text := range map[string]string{
		"<r>\ra\r\nb\r</r>":                             "\na\nb\n",
		"<r><![CDATA[\ra\r\nb\r]]></r>":                 "\na\nb\n",
		"<r>x<![CDATA[\r]]>y<![CDATA[z]]></r>":          "x\nyz",
		"<r>&#13;\r&#10;</r>":                           "\r\n\n",
		"<r><![CDATA[]]><![CDATA[a]]>b<![CDATA[]]></r>": "ab",
	} {
		d, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
		require.NoError(t, err, doc)
		require.Equal(t, text, d.Root().Text(), doc)
	}
	for _, doc := range []string{"<r>a\r", "<r a='\r", "<r a='&#13;\r", "<r>&amp;\r", "<r><![CDATA[\r"} {
		_, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
		requireCode(t, signedxml.CodeMalformed, err)
	}
}
