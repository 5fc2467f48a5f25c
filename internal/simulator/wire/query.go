package wire

import (
	"bytes"
	"encoding"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The Query protocol: inputs are forms whose keys are paths (Metrics.member.2.Dimensions.member.1.Name), outputs are XML in which the
// items of lists are called member.

// form is the tree that the keys of a form spell.
type form struct {
	value    string
	children map[string]*form
}

// decodeQuery reads a form into the struct that in points to.
func decodeQuery(body []byte, in any) error {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	root := &form{}
	for key, value := range values {
		at := root
		for name := range strings.SplitSeq(key, ".") {
			if at.children == nil {
				at.children = map[string]*form{}
			}
			if at.children[name] == nil {
				at.children[name] = &form{}
			}
			at = at.children[name]
		}
		at.value = value[0]
	}
	return root.into(reflect.ValueOf(in).Elem(), "")
}

// into reads f into v, which is called name in what it says of errors.
func (f *form) into(v reflect.Value, name string) error {
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := text.UnmarshalText([]byte(f.value)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.into(v.Elem(), name)
	case reflect.Struct:
		for field, value := range v.Fields() {
			if child := f.children[field.Name]; child != nil && field.IsExported() {
				if err := child.into(value, strings.TrimPrefix(name+"."+field.Name, ".")); err != nil {
					return err
				}
			}
		}
		return nil
	case reflect.Slice:
		return f.list(v, name)
	}
	if err := setScalar(v, f.value); err != nil {
		return fmt.Errorf("%s: %.64q is no %s", name, f.value, v.Kind())
	}
	return nil
}

// list reads the members of f in the order of their numbers; their numbers themselves mean nothing.
func (f *form) list(v reflect.Value, name string) error {
	members := f.children["member"]
	if members == nil {
		return nil
	}
	number := map[string]int{}
	for key := range members.children {
		n, err := strconv.Atoi(key)
		if err != nil {
			return fmt.Errorf("%s: member %.64q has no number", name, key)
		}
		number[key] = n
	}
	for _, key := range slices.SortedFunc(maps.Keys(members.children), func(a, b string) int { return number[a] - number[b] }) {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := members.children[key].into(item, name+"."+key); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

func setScalar(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		v.SetFloat(x)
		return err
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(n)
		return err
	}
	panic("simulator: a form cannot hold " + v.Type().String())
}

// encodeXML writes the answer to c with out in it.
func (c *Call) encodeXML(out any) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<%sResponse xmlns="%s">`, c.Operation, c.Service.Namespace)
	writeElement(&b, c.Operation+"Result", reflect.ValueOf(out))
	fmt.Fprintf(&b, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>", c.ID, c.Operation)
	return b.Bytes()
}

func writeElement(b *bytes.Buffer, name string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	b.WriteString("<" + name + ">")
	writeContent(b, v)
	b.WriteString("</" + name + ">")
}

func writeContent(b *bytes.Buffer, v reflect.Value) {
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		t, err := text.MarshalText()
		if err != nil {
			panic("simulator: " + err.Error())
		}
		_ = xml.EscapeText(b, t)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() && !(strings.Contains(field.Tag.Get("json"), "omitempty") && empty(value)) {
				writeElement(b, field.Name, value)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			writeElement(b, "member", v.Index(i))
		}
	case reflect.Map:
		for _, key := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }) {
			b.WriteString("<entry>")
			writeElement(b, "key", key)
			writeElement(b, "value", v.MapIndex(key))
			b.WriteString("</entry>")
		}
	case reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	default:
		_ = xml.EscapeText(b, fmt.Append(nil, v.Interface()))
	}
}

// empty is what encoding/json means by it.
func empty(v reflect.Value) bool {
	if k := v.Kind(); k == reflect.Slice || k == reflect.Map {
		return v.Len() == 0
	}
	return v.Kind() != reflect.Struct && v.IsZero()
}

// errorXML is how the Query protocol says e.
func (c *Call) errorXML(e *Error) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<ErrorResponse xmlns="%s">`, c.Service.Namespace)
	writeElement(&b, "Error", reflect.ValueOf(struct{ Type, Code, Message string }{e.fault(), e.queryCode(), e.Message}))
	fmt.Fprintf(&b, "<RequestId>%s</RequestId></ErrorResponse>", c.ID)
	return b.Bytes()
}
