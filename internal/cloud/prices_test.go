package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sagetop/internal/simulator"
)

// The price list is asked in another region than the endpoint's, and signed for it.
func TestHostingPrice(t *testing.T) {
	s, c := simulated(t, simulator.Config{Region: "eu-west-1", Endpoints: []simulator.EndpointConfig{{Name: "demo", InstanceType: "ml.m5.12xlarge", Price: 3.5}}})
	for instanceType, want := range map[string]float64{"ml.m5.12xlarge": 3.5, "ml.m5.xlarge": .28} {
		if usd, err := c.HostingPrice(t.Context(), instanceType); err != nil || usd != want {
			t.Errorf("%s: %v %v, want %v", instanceType, usd, err, want)
		}
	}
	_, err := c.HostingPrice(t.Context(), "ml.x9.nano")
	wantProblem(t, err, ErrNoPrice, "0 on-demand prices of ml.x9.nano hosting in eu-west-1")
	if _, err := s.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "GetProducts"}); err != nil {
		t.Fatal(err)
	}
	_, err = c.HostingPrice(t.Context(), "ml.m5.xlarge")
	wantProblem(t, err, ErrDenied, "pricing:GetProducts")
}

// priced is a product's document with its prices and their units.
func priced(prices ...string) string {
	var rates []string
	for i, p := range prices {
		usd, unit, _ := strings.Cut(p, "/")
		rates = append(rates, fmt.Sprintf(`"%d":{"unit":%q,"pricePerUnit":{"USD":%q}}`, i, unit, usd))
	}
	return `{"terms":{"OnDemand":{"t":{"priceDimensions":{` + strings.Join(rates, ",") + `}}},"Reserved":{"t":{"priceDimensions":{"r":{"unit":"Hrs","pricePerUnit":{"USD":"0.5"}}}}}}}`
}

// Only one on-demand price for an hour is a price: nothing is guessed.
func TestPriceLists(t *testing.T) {
	bare(t)
	withKeys(t)
	aws := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-2", EndpointURL: aws.URL})
	for _, tc := range []struct {
		name     string
		products []string
		want     float64
		kind     error
	}{
		{"one", []string{priced("1.25/Hrs")}, 1.25, nil},
		{"the same in two products", []string{priced("1.25/Hrs"), priced("1.2500/Hrs")}, 1.25, nil},
		{"free of charge beside it", []string{priced("0.0000000000/Hrs", "1.25/Hrs")}, 1.25, nil},
		{"another unit beside it", []string{priced("9/GB", "1.25/Hrs")}, 1.25, nil},
		{"two", []string{priced("1.25/Hrs"), priced("1.5/Hrs")}, 0, ErrNoPrice},
		{"none", nil, 0, ErrNoPrice},
		{"no number", []string{priced("a lot/Hrs")}, 0, ErrNoPrice},
	} {
		body, err := json.Marshal(map[string]any{"PriceList": tc.products})
		if err != nil {
			t.Fatal(err)
		}
		aws.on("GetProducts", jsonReply(string(body)))
		if usd, err := c.HostingPrice(t.Context(), "ml.m5.large"); usd != tc.want || !errors.Is(err, tc.kind) {
			t.Errorf("%s: %v %v, want %v", tc.name, usd, err, tc.want)
		}
	}
	aws.on("GetProducts", jsonReply(`{"PriceList":["<html>"]}`))
	if _, err := c.HostingPrice(t.Context(), "ml.m5.large"); err == nil || strings.Contains(err.Error(), "html") {
		t.Errorf("not a product: %v", err)
	}
}

func TestPricingRegion(t *testing.T) {
	for region, want := range map[string]string{"eu-west-3": "eu-central-1", "ap-northeast-1": "ap-south-1", "us-west-2": "us-east-1", "sa-east-1": "us-east-1", "us-east-1": "us-east-1"} {
		if got := pricingRegion(region); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}
