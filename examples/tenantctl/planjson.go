package main

import "github.com/retenant/retenant/refresh"

// planJSON is a plan as JSON, with its rules as they are written in a rules file: their fixed values are not shown.
type planJSON struct {
	*refresh.Plan
	Tables []tableJSON `json:"tables"`
	Held   *heldJSON   `json:"held,omitempty"` // by another refresh, which has to end before this plan is run
}

// heldJSON is a refresh that a target is closed for.
type heldJSON struct {
	Refresh refresh.RunID `json:"refresh"`
	State   refresh.State `json:"state"`
	Advice  string        `json:"advice"`
}

type tableJSON struct {
	refresh.TablePlan
	Columns []columnJSON `json:"columns,omitempty"`
}

type columnJSON struct {
	refresh.ColumnPlan
	Rule string `json:"rule,omitempty"`
}

func shownPlan(p *refresh.Plan, by *refresh.Refresh) planJSON {
	shown := planJSON{Plan: p, Tables: make([]tableJSON, len(p.Tables))}
	if by != nil {
		shown.Held = &heldJSON{by.ID, by.State, advice(by.ID, by.State)}
	}
	for i, t := range p.Tables {
		shown.Tables[i].TablePlan = t
		for _, c := range t.Columns {
			shown.Tables[i].Columns = append(shown.Tables[i].Columns, columnJSON{c, c.Rule.String()})
		}
	}
	return shown
}
