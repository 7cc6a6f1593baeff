package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// rulesFile is a rules file as it was read.
type rulesFile struct {
	name string // for people
	text []byte
}

// readRules reads a rules file. Its mistakes are reported all at once, with their lines.
func readRules(ctx context.Context, file string) (masking.Rules, rulesFile, error) {
	if file == "" {
		return masking.Rules{}, rulesFile{}, errors.New("the rules are missing; name the file by --rules, or make one: tenantctl inspect")
	}
	text, err := readFile(ctx, "rules file", file, masking.MaxRulesBytes)
	if err != nil {
		return masking.Rules{}, rulesFile{}, err
	}
	if bytes.HasPrefix(text, []byte{0xFF, 0xFE}) || bytes.HasPrefix(text, []byte{0xFE, 0xFF}) || bytes.IndexByte(text, 0) >= 0 {
		return masking.Rules{}, rulesFile{}, fmt.Errorf("%w: rules file %s is no UTF-8: UTF-16, or no text at all; save it as UTF-8", errRefused, file)
	}
	f := rulesFile{name: file, text: text}
	rules, err := masking.ParseRules(text)
	return rules, f, f.locate(err)
}

// locate shows the problems of an error at their places in the file. Any other error stays as it is.
func (f rulesFile) locate(err error) error {
	m := &mistakes{file: f, err: err}
	var wrong masking.Problems
	if errors.As(err, &m.problems) {
		m.head = fmt.Sprintf("%v, %s", refresh.ErrRefusedPlan, counted(len(m.problems), "problem"))
	} else if errors.As(err, &wrong) {
		for _, p := range wrong {
			m.problems = append(m.problems, refresh.Problem(p))
		}
		m.head = "rules file refused, " + counted(len(m.problems), "mistake")
	} else {
		return err
	}
	m.problems = slices.Clone(m.problems)
	slices.SortStableFunc(m.problems, func(a, b refresh.Problem) int { return cmp.Compare(a.Line, b.Line) })
	return m
}

// mistakes is all that is wrong with rules, or with a plan by them.
type mistakes struct {
	file     rulesFile
	head     string
	problems refresh.Problems
	err      error
}

// Unwrap returns the error that the problems are from.
func (m *mistakes) Unwrap() error { return m.err }

// Error gives each problem with its place, and the line beneath.
func (m *mistakes) Error() string {
	var b strings.Builder
	b.WriteString(m.head)
	for _, p := range m.problems {
		b.WriteString("\n" + m.file.describe(p))
	}
	return b.String()
}

func (m *mistakes) placed() []placed {
	list := make([]placed, len(m.problems))
	for i, p := range m.problems {
		if list[i].Problem = p; p.Line > 0 || p.Table != "" { // else it is the databases' matter
			list[i].File = m.file.name
		}
	}
	return list
}

// describe gives a problem as "file:line: table.column: message; remedy", and beneath it the line, without its values.
func (f rulesFile) describe(p refresh.Problem) string {
	place, line, named := "", p.Line, p
	p.Table, p.Column = cell(p.Table), cell(p.Column)
	switch p.Line = 0; {
	case line > 0:
		place = fmt.Sprintf("%s:%d: ", f.name, line)
	case p.Table != "":
		place = f.name + ": "
	}
	text := place + p.String()
	if shown := f.excerpt(line, named); shown != "" {
		text += fmt.Sprintf("\n  %4d | %s", line, shown)
	}
	return text
}

// counted gives a number of things.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
