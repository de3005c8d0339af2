package algebra

// normal brings a call to one of the forms in which the same can be said.
func normal(e *Expr) *Expr {
	switch e.Name {
	case "$greater", "$greater_or_equal":
		swapped := map[string]string{"$greater": "$less", "$greater_or_equal": "$less_or_equal"}
		return &Expr{Op: "call", Name: swapped[e.Name], Type: e.Type, Args: []*Expr{e.Args[1], e.Args[0]}}
	case "$between":
		x, low, high := e.Args[0], e.Args[1], e.Args[2]
		return call("$and", call("$less_or_equal", low, x), call("$less_or_equal", x, high))
	case "$in":
		if len(e.Args) == 2 {
			return call("$equal", e.Args...)
		}
	case "$not":
		if a := e.Args[0]; a.Op == "call" && len(a.Args) > 0 {
			switch a.Name {
			case "$equal":
				return call("$not_equal", a.Args...)
			case "$not_equal":
				return call("$equal", a.Args...)
			case "$not":
				return a.Args[0]
			}
		}
	case "$and", "$or":
		flat := call(e.Name)
		for _, a := range e.Args {
			if a.Op == "call" && a.Name == e.Name {
				flat.Args = append(flat.Args, a.Args...)
			} else {
				flat.Args = append(flat.Args, a)
			}
		}
		return flat
	}
	return e
}

func call(name string, args ...*Expr) *Expr {
	return &Expr{Op: "call", Name: name, Type: "BOOL", Args: args}
}

// commutes are the calls whose arguments may stand in any order; true: and an argument twice is as good as once.
var commutes = map[string]bool{
	"$and": true, "$or": true, "$add": false, "$multiply": false, "$equal": false, "$not_equal": false,
	"$bitwise_and": false, "$bitwise_or": false, "$bitwise_xor": false,
}
