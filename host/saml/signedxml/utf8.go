package signedxml

// UTF8 is a document from the wild as UTF-8 without a byte order mark, transcoded as [Parse] would with lenient limits.
// The XML declaration stays as it is, even where it names the encoding the document had before.
func UTF8(doc []byte) (string, error) { return decode(doc, true) }
