package sagemaker

// form is what requests differ in beside their bodies.
type form struct{ contentType, targetModel string }

// forms are all that requests may have: for each model, each content type.
func (c *Config) forms() []form {
	types, models := c.types(), c.TargetModels
	if len(models) == 0 {
		models = []string{""}
	}
	all := make([]form, 0, len(models)*len(types))
	for _, model := range models {
		for _, kind := range types {
			all = append(all, form{kind, model})
		}
	}
	return all
}

// types are the content types of requests.
func (c *Config) types() []string {
	if c.ContentType != "" {
		return []string{c.ContentType}
	}
	return c.Payload.types()
}

// pick says which payload request n has.
func (c *Config) pick(n uint64) int {
	if c.Random {
		return c.Payload.random(n, c.Seed)
	}
	return c.Payload.index(n)
}

// formOf says which of the forms request n has, with payload i: models take turns by the numbers of requests.
func (c *Config) formOf(n uint64, i int) int {
	model := 0
	if len(c.TargetModels) > 1 {
		model = int(n % uint64(len(c.TargetModels)))
	}
	if c.ContentType != "" {
		return model
	}
	return model*max(len(c.Payload.kinds), 1) + c.Payload.kindOf(i)
}
