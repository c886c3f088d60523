package syncproto

// EncodeOp writes an op in the canonical bytes over which its hash is taken, for
// keeping it in a database.
func EncodeOp(o Op) []byte { return marshal(o) }

// DecodeOp reads what EncodeOp writes; its error wraps ErrMalformed.
func DecodeOp(b []byte) (Op, error) {
	var o Op
	if err := unmarshal(b, &o); err != nil {
		return Op{}, err
	}
	return o, o.Check()
}
