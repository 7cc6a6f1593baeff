package main

import "github.com/retenant/retenant/refresh"

// planJSON is a plan as JSON, with its rules as they are written in a rules file: their fixed values are not shown.
type planJSON struct {
	*refresh.Plan
	Tables []tableJSON `json:"tables"`
}

type tableJSON struct {
	refresh.TablePlan
	Columns []columnJSON `json:"columns,omitempty"`
}

type columnJSON struct {
	refresh.ColumnPlan
	Rule string `json:"rule,omitempty"`
}

func shownPlan(p *refresh.Plan) planJSON {
	shown := planJSON{Plan: p, Tables: make([]tableJSON, len(p.Tables))}
	for i, t := range p.Tables {
		shown.Tables[i].TablePlan = t
		for _, c := range t.Columns {
			shown.Tables[i].Columns = append(shown.Tables[i].Columns, columnJSON{c, c.Rule.String()})
		}
	}
	return shown
}
