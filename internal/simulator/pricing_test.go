package simulator

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
)

// listedPrice is what is read of a product.
type listedPrice struct {
	Product struct {
		ProductFamily string            `json:"productFamily"`
		Attributes    map[string]string `json:"attributes"`
	} `json:"product"`
	Terms map[string]map[string]struct {
		PriceDimensions map[string]struct {
			Unit         string            `json:"unit"`
			PricePerUnit map[string]string `json:"pricePerUnit"`
		} `json:"priceDimensions"`
	} `json:"terms"`
	PublicationDate string `json:"publicationDate"`
}

func (p *listedPrice) usd() string {
	for _, term := range p.Terms["OnDemand"] {
		for _, rate := range term.PriceDimensions {
			return rate.PricePerUnit["USD"]
		}
	}
	return ""
}

// products asks for all pages of the products that match.
func (c clients) products(t *testing.T, size int32, filters ...string) (out []listedPrice) {
	t.Helper()
	in := &pricing.GetProductsInput{ServiceCode: aws.String("AmazonSageMaker"), MaxResults: &size}
	for i := 0; i < len(filters); i += 2 {
		in.Filters = append(in.Filters, types.Filter{Type: types.FilterTypeTermMatch, Field: &filters[i], Value: &filters[i+1]})
	}
	pages := pricing.NewGetProductsPaginator(pricing.NewFromConfig(c.config), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range page.PriceList {
			var p listedPrice
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatal(err)
			}
			out = append(out, p)
		}
	}
	return out
}

// The prices of a region are asked for in us-east-1, as that is where the service is.
func TestGetProducts(t *testing.T) {
	config := fast(func(e *EndpointConfig) { e.InstanceType, e.Price = "ml.m5.12xlarge", 3.5 })
	config.Region = "eu-west-1"
	config.Endpoints = append(config.Endpoints, EndpointConfig{Name: "b", InstanceType: "ml.x9.large"})
	c := serve(t, config)
	c.config.Region = "us-east-1"
	hosting := []string{"component", "Hosting", "productFamily", "ML Instance", "regionCode", "eu-west-1", "instanceName"}
	for instanceType, want := range map[string][]string{
		"ml.m5.12xlarge":   {"3.5000000000", "48", "192 GiB", "N/A", "N/A"}, // the endpoint's own price
		"ml.m5.xlarge":     {"0.2800000000", "4", "16 GiB", "N/A", "N/A"},
		"ml.g4dn.12xlarge": {"7.3600000000", "48", "192 GiB", "4", "16"},
		"ml.inf2.xlarge":   {"1.2800000000", "4", "16 GiB", "N/A", "N/A"},
		"ml.x9.large":      {"2.4000000000", "48", "N/A", "N/A", "N/A"}, // no type of the table: its vCPUs are the profile's
	} {
		found := c.products(t, 100, append(hosting, instanceType)...)
		if len(found) != 1 {
			t.Errorf("%s: %d products, want 1", instanceType, len(found))
			continue
		}
		p := found[0]
		a := p.Product.Attributes
		for i, got := range []string{p.usd(), a["vCpu"], a["memory"], a["gpu"], a["gpuMemory"]} {
			if got != want[i] {
				t.Errorf("%s: %s, want %s", instanceType, got, want[i])
			}
		}
		if a["note"] != "simulated price" || p.PublicationDate == "" {
			t.Errorf("%s does not say that its price is simulated", instanceType)
		}
	}
	if n := len(c.products(t, 100, "instanceName", "ml.m5.xlarge", "regionCode", "us-east-1")); n != 0 {
		t.Errorf("%d products in another region", n)
	}
	if n := len(c.products(t, 7)); n != len(instanceTypes)+1 {
		t.Errorf("%d products in pages of 7, want %d", n, len(instanceTypes)+1)
	}
}

func TestGetProductsRefusesBadRequests(t *testing.T) {
	c := serve(t, fast())
	for name, test := range map[string]struct {
		change func(*pricing.GetProductsInput)
		code   string
	}{
		"service": {func(in *pricing.GetProductsInput) { in.ServiceCode = aws.String("AmazonEC2") }, "NotFoundException"},
		"format":  {func(in *pricing.GetProductsInput) { in.FormatVersion = aws.String("v2") }, "InvalidParameterException"},
		"size":    {func(in *pricing.GetProductsInput) { in.MaxResults = aws.Int32(101) }, "InvalidParameterException"},
		"token":   {func(in *pricing.GetProductsInput) { in.NextToken = aws.String("-") }, "InvalidNextTokenException"},
		"filter": {func(in *pricing.GetProductsInput) {
			in.Filters = []types.Filter{{Type: types.FilterTypeContains, Field: aws.String("a"), Value: aws.String("b")}}
		}, "InvalidParameterException"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &pricing.GetProductsInput{ServiceCode: aws.String("AmazonSageMaker")}
			test.change(in)
			_, err := pricing.NewFromConfig(c.config).GetProducts(t.Context(), in)
			wantCode(t, err, test.code, "")
		})
	}
}

func TestServiceQuotas(t *testing.T) {
	c := serve(t, fast())
	quotas := servicequotas.NewFromConfig(c.config)
	codes := map[string]string{}
	pages := servicequotas.NewListServiceQuotasPaginator(quotas, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker"), MaxResults: aws.Int32(9)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range page.Quotas {
			codes[*q.QuotaName] = *q.QuotaCode
		}
	}
	if len(codes) != len(instanceTypes) {
		t.Errorf("%d quotas, want %d", len(codes), len(instanceTypes))
	}
	code := codes["ml.m5.12xlarge for endpoint usage"]
	out, err := quotas.GetServiceQuota(t.Context(), &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String("sagemaker"), QuotaCode: &code})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Quota.Value != maxInstances || *out.Quota.QuotaName != "ml.m5.12xlarge for endpoint usage" {
		t.Errorf("%s: %v", *out.Quota.QuotaName, *out.Quota.Value)
	}
	if err := c.server.Scale("demo", "AllTraffic", int(*out.Quota.Value)+1); err == nil {
		t.Error("more instances than the quota allows")
	}
	_, err = quotas.GetServiceQuota(t.Context(), &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String("sagemaker"), QuotaCode: aws.String("L-1")})
	wantCode(t, err, "NoSuchResourceException", "L-1")
	_, err = quotas.GetServiceQuota(t.Context(), &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String("ec2"), QuotaCode: &code})
	wantCode(t, err, "NoSuchResourceException", "ec2")
	_, err = quotas.ListServiceQuotas(t.Context(), &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker"), NextToken: aws.String("-")})
	wantCode(t, err, "InvalidPaginationTokenException", "")
}
