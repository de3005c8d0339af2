package viewaudit

import (
	"encoding/json"
	"io"

	"example.com/rollcall/shared/manifest"
)

type jsonReport struct {
	Views  []jsonView  `json:"views"`
	Models []jsonModel `json:"models"`
	Tables []jsonGuess `json:"guessed_tables"`
	Shared []jsonNote  `json:"shared_names,omitempty"`
	Unread []jsonNote  `json:"not_read"`
}

type jsonView struct {
	Name    string        `json:"name"`
	File    string        `json:"file"`
	Reads   []string      `json:"reads"`
	Columns []jsonColumn  `json:"columns"`
	Verdict string        `json:"verdict"` // leads, same, contained, inlined, through
	Of      string        `json:"of,omitempty"`
	Model   string        `json:"model,omitempty"`
	Table   string        `json:"table,omitempty"`
	Query   string        `json:"query,omitempty"`
	Opaque  string        `json:"not_compared,omitempty"`
	Alike   []jsonSimilar `json:"alike,omitempty"`
}

type jsonColumn struct {
	Name    string               `json:"name"`
	Type    string               `json:"type"`
	Lineage []manifest.ColumnRef `json:"lineage,omitempty"`
}

type jsonSimilar struct {
	View        string   `json:"view"`
	Differences []string `json:"differences"`
}

type jsonModel struct {
	Name        string            `json:"name"`
	Grain       string            `json:"grain"`
	PartitionBy string            `json:"partition_by,omitempty"`
	UniqueKey   []string          `json:"unique_key,omitempty"`
	Inputs      map[string]string `json:"inputs,omitempty"`
	Views       []string          `json:"views"`
	Compiles    bool              `json:"compiles"`
	Findings    []string          `json:"findings,omitempty"`
	Notes       []jsonNote        `json:"notes,omitempty"`
	Text        string            `json:"text"`
}

type jsonGuess struct {
	Name    string `json:"name"`
	Columns string `json:"columns"`
}

type jsonNote struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
	Decide bool   `json:"decide,omitempty"`
}

// JSON writes the report as one JSON object.
func (r *Report) JSON(out io.Writer) error {
	o := jsonReport{Views: []jsonView{}, Models: []jsonModel{}, Tables: []jsonGuess{}, Unread: []jsonNote{}}
	for _, f := range r.Plan.Placements {
		v := jsonView{
			Name: f.View.Title(), File: f.View.File, Reads: []string{}, Verdict: string(f.Kind), Table: f.Table,
			Query: f.Query, Opaque: f.View.Opaque,
		}
		for _, in := range f.View.Reads {
			v.Reads = append(v.Reads, in.Table.Name)
		}
		for _, c := range f.View.Columns {
			v.Columns = append(v.Columns, jsonColumn{c.Name, c.Type, c.Lineage})
		}
		if f.Of != nil {
			v.Of = f.Of.View.Title()
		}
		if f.Model != nil {
			v.Model = f.Model.Name
		}
		for _, n := range f.Similar {
			v.Alike = append(v.Alike, jsonSimilar{n.View.Title(), n.Differences})
		}
		o.Views = append(o.Views, v)
	}
	for _, m := range r.Plan.Models { // existing models are not proposed
		j := jsonModel{
			Name: m.Name, Grain: string(m.Grain), PartitionBy: m.PartitionBy, UniqueKey: m.UniqueKey, Views: m.Replaces,
			Compiles: len(m.Findings) == 0, Findings: m.Findings, Text: m.Text(),
			Inputs: map[string]string{},
		}
		for _, in := range m.listed() {
			j.Inputs[in.Table] = mappingText(in)
		}
		for _, n := range m.Notes {
			j.Notes = append(j.Notes, jsonNote{n.File, n.Pos.Line, n.Pos.Col, n.Text, n.Decide})
		}
		o.Models = append(o.Models, j)
	}
	for _, t := range r.Result.Guesses() {
		o.Tables = append(o.Tables, jsonGuess{t.Name, t.Sketch()})
	}
	for _, s := range r.Result.Shared {
		o.Shared = append(o.Shared, jsonNote{s.File, s.Pos.Line, s.Pos.Col, s.text(), true})
	}
	for _, f := range r.Findings {
		o.Unread = append(o.Unread, jsonNote{File: f.File, Line: f.Line, Column: f.Col, Text: f.Message})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(o)
}
