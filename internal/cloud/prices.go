package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"
)

// ErrNoPrice is of an instance type that the price list does not have, or has more than once.
var ErrNoPrice = errors.New("cloud: no price")

// HostingPrice is the list price in USD of one instance of a type for an hour in c's region. It needs pricing:GetProducts.
func (c *Cloud) HostingPrice(ctx context.Context, instanceType string) (float64, error) {
	at := c.place
	at.region = pricingRegion(c.region)
	client := pricing.NewFromConfig(c.cfg, func(o *pricing.Options) { o.Region = at.region })
	service := "AmazonSageMaker"
	in := &pricing.GetProductsInput{ServiceCode: &service}
	for _, f := range [][2]string{{"productFamily", "ML Instance"}, {"component", "Hosting"}, {"regionCode", c.region}, {"instanceName", instanceType}} {
		in.Filters = append(in.Filters, types.Filter{Type: types.FilterTypeTermMatch, Field: &f[0], Value: &f[1]})
	}
	prices := map[float64]bool{}
	for pages := pricing.NewGetProductsPaginator(client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, at.Explain(err)
		}
		for _, product := range page.PriceList {
			if err := hourly(product, prices); err != nil {
				return 0, err
			}
		}
	}
	for usd := range prices {
		if len(prices) == 1 {
			return usd, nil
		}
	}
	return 0, problem(ErrNoPrice, nil, "the price list has %d on-demand prices of %s hosting in %s: one is needed", len(prices), instanceType, c.region)
}

// pricingRegion is the one of those that have the price list, all of which know all prices, that is on the same continent.
func pricingRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "eu-"):
		return "eu-central-1"
	case strings.HasPrefix(region, "ap-"):
		return "ap-south-1"
	}
	return "us-east-1"
}

// hourly adds the on-demand prices of a product, a document of the price list, for an hour.
func hourly(document string, prices map[float64]bool) error {
	var product struct {
		Terms struct {
			OnDemand map[string]struct {
				PriceDimensions map[string]struct {
					Unit         string            `json:"unit"`
					PricePerUnit map[string]string `json:"pricePerUnit"`
				} `json:"priceDimensions"`
			}
		} `json:"terms"`
	}
	if err := json.Unmarshal([]byte(document), &product); err != nil {
		return fmt.Errorf("cloud: a product of the price list is not one: %w", err)
	}
	for _, term := range product.Terms.OnDemand {
		for _, p := range term.PriceDimensions {
			if usd, err := strconv.ParseFloat(p.PricePerUnit["USD"], 64); err == nil && usd > 0 && p.Unit == "Hrs" {
				prices[usd] = true
			}
		}
	}
	return nil
}
