package masking

import (
	"errors"
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// Limits of a document; one beyond them is malformed.
const (
	MaxDocumentBytes = 16 << 20
	MaxDocumentDepth = 100 // of lists, objects and elements within each other
)

// anyElement and anyName are the steps of a path that stand for all elements of a list, and for all names. Names are written with a mark before
// them, so that none is taken for these.
const (
	anyElement = "[*]"
	anyName    = "*"
	namedStep  = "."
)

var errPath = errors.New("write names with points between them, * for any name and [*] for the elements of a list, such as contacts[*].email")

// parsePath splits a path into its steps. "$" at its start is the document itself and may be left out.
func parsePath(path string) ([]string, error) {
	rest := strings.TrimPrefix(path, "$")
	steps := []string{}
	for first := rest == path; rest != ""; first = false {
		if after, found := strings.CutPrefix(rest, anyElement); found {
			steps, rest = append(steps, anyElement), after
			continue
		}
		if !first {
			after, found := strings.CutPrefix(rest, ".")
			if !found {
				return nil, errPath
			}
			rest = after
		}
		name := ""
		if quoted, found := strings.CutPrefix(rest, `"`); found {
			end := strings.IndexByte(quoted, '"')
			if end < 0 {
				return nil, errPath
			}
			name, rest = namedStep+quoted[:end], quoted[end+1:]
		} else {
			end := strings.IndexAny(rest, `.["]$`)
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, errPath
			}
			if name = namedStep + rest[:end]; rest[:end] == anyName {
				name = anyName
			}
			rest = rest[end:]
		}
		steps = append(steps, name)
	}
	if path == "" {
		return nil, errPath
	}
	return steps, nil
}

// pathNode is what the rules say of a place in a document; nil is nothing.
type pathNode struct {
	leaf     *leaf
	names    map[string]*pathNode
	anyName  *pathNode
	elements *pathNode
}

// add returns the node at the end of the steps, made where there is none.
func (n *pathNode) add(steps []string) *pathNode {
	for _, step := range steps {
		var next **pathNode
		switch step {
		case anyElement:
			next = &n.elements
		case anyName:
			next = &n.anyName
		default:
			if n.names == nil {
				n.names = map[string]*pathNode{}
			}
			name := step[len(namedStep):]
			if n.names[name] == nil {
				n.names[name] = &pathNode{}
			}
			n = n.names[name]
			continue
		}
		if *next == nil {
			*next = &pathNode{}
		}
		n = *next
	}
	return n
}

// member returns the node of a name: its own before that of any name.
func (n *pathNode) member(name []byte) *pathNode {
	if n == nil {
		return nil
	}
	if named := n.names[string(name)]; named != nil {
		return named
	}
	return n.anyName
}

// element returns the node of the elements of a list.
func (n *pathNode) element() *pathNode {
	if n == nil {
		return nil
	}
	return n.elements
}

// ruled returns the rule of the node, or nil.
func (n *pathNode) ruled() *leaf {
	if n == nil {
		return nil
	}
	return n.leaf
}

// leaf is the rule of a path, made for each kind of value that it applies to.
type leaf struct {
	masks [len(leafTypes)]*Mask // in the order of leafTypes; nil where it does not apply
	whole action                // of lists and objects: actPass, actNull, actFixed, or actFake for none of them
}

// leafTypes are the types that a value in a document may have.
var leafTypes = [...]schema.Type{schema.Text, schema.Integer, schema.Decimal, schema.Real, schema.Boolean}

// The places of leafTypes.
const (
	leafText = iota
	leafInteger
	leafDecimal
	leafReal
	leafBoolean
)

// leafColumn is a value in a document as a column: of any length, and it may be null.
func leafColumn(typ schema.Type) schema.Column { return schema.Column{Type: typ, Nullable: true} }

// paths makes the tree of a rule's paths.
func (s site) paths(c Column) (*pathNode, error) {
	root := &pathNode{}
	for path, rule := range c.Paths {
		steps, err := parsePath(path)
		if err != nil {
			return nil, err
		}
		made := &leaf{whole: actFake}
		for i, typ := range leafTypes {
			at := s
			at.column = leafColumn(typ)
			if len(rule.misfits(s.binding.Functions, at.column)) > 0 {
				continue
			}
			mask, err := rule.compile(at)
			if err != nil {
				return nil, err
			}
			made.masks[i] = &mask
		}
		switch rule.Mask {
		case Pass:
			made.whole = actPass
		case Null:
			made.whole = actNull
		case Fixed:
			made.whole = actFixed
		}
		root.add(steps).leaf = made
	}
	return root, nil
}
