package catalog

import "github.com/goccy/go-googlesql"

// newLanguage is GoogleSQL as BigQuery speaks it: its released features less those that BigQuery does not document, and
// BigQuery's public names of types.
func newLanguage() (*googlesql.LanguageOptions, error) {
	language, err := googlesql.NewLanguageOptions()
	if err != nil {
		return nil, err
	}
	steps := []func() error{
		language.EnableMaximumLanguageFeatures,
		func() error { return language.SetProductMode(googlesql.ProductModeProductExternal) },
		func() error { return language.EnableReservableKeyword("QUALIFY", true) },
		func() error { return language.SetSupportedStatementKinds(statements) },
	}
	for _, feature := range foreign {
		steps = append(steps, func() error { return language.DisableLanguageFeature(feature) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return language, nil
}

// statements are what modelc deals in: a model's query, its audit, its merge, and what empties its partition.
var statements = []googlesql.ResolvedNodeKind{
	googlesql.ResolvedNodeKindResolvedQueryStmt,
	googlesql.ResolvedNodeKindResolvedMergeStmt,
	googlesql.ResolvedNodeKindResolvedDeleteStmt,
}

// foreign are features of GoogleSQL that other products than BigQuery have.
var foreign = []googlesql.LanguageFeature{
	googlesql.LanguageFeatureFeatureAnonymization,
	googlesql.LanguageFeatureFeatureForUpdate,
	googlesql.LanguageFeatureFeatureLateralColumnReferences,
	googlesql.LanguageFeatureFeatureLateralJoin,
	googlesql.LanguageFeatureFeatureLimitAll,
	googlesql.LanguageFeatureFeatureMapType,
	googlesql.LanguageFeatureFeatureProtoBase,
	googlesql.LanguageFeatureFeatureRowType,
	googlesql.LanguageFeatureFeatureUnnestAndFlattenArrays,
	googlesql.LanguageFeatureFeatureUuidType,
}
