package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// Price List: GetProducts for hosting instances. What an instance is, is true; what it costs is simulated, and says so.

const (
	hostingService = "AmazonSageMaker"
	hostingFamily  = "ML Instance"
	simulatedPrice = "simulated price"
	onDemand       = "JRTCKXETXF" // AWS's code of the offer term, and of its rate
	hourly         = "6YS6EN2CT7"
)

// pricingRegions are the only ones in which the service is; any of them knows all prices.
var pricingRegions = []string{"us-east-1", "eu-central-1", "ap-south-1"}

// signedRegion is the region that a request must be signed for.
func (s *Server) signedRegion(x *wire.Call) string {
	if x.Service == wire.Pricing {
		for _, region := range pricingRegions {
			if strings.Contains(x.HTTP.Header.Get("Authorization"), "/"+region+"/"+wire.Pricing.Name+"/") {
				return region
			}
		}
	}
	return s.config.Region
}

type productsInput struct {
	ServiceCode   string
	Filters       []struct{ Type, Field, Value string }
	FormatVersion string
	MaxResults    *int
	NextToken     string
}

type productsOutput struct {
	FormatVersion string
	PriceList     []string // each of them JSON
	NextToken     string   `json:",omitempty"`
}

func (in *productsInput) check() *wire.Error {
	switch {
	case in.ServiceCode == "":
		return wire.BadRequest("InvalidParameterException", "ServiceCode must not be null.")
	case in.ServiceCode != hostingService:
		return wire.BadRequest("NotFoundException", "No products of the service %.64q are simulated, only those of %s.", in.ServiceCode, hostingService)
	case in.FormatVersion != "" && in.FormatVersion != "aws_v1":
		return wire.BadRequest("InvalidParameterException", "FormatVersion %.64q: must be aws_v1.", in.FormatVersion)
	case in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > 100):
		return wire.BadRequest("InvalidParameterException", "MaxResults %d: must be 1 to 100.", *in.MaxResults)
	}
	for _, f := range in.Filters {
		if f.Type != "TERM_MATCH" && f.Type != "EQUALS" {
			return wire.BadRequest("InvalidParameterException", "Filters of type %.64q are not simulated, only TERM_MATCH and EQUALS.", f.Type)
		}
	}
	return nil
}

func (s *Server) getProducts(in *productsInput) (*productsOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	var found []string
	for _, p := range s.products() {
		if in.wants(&p) {
			found = append(found, p.json(s.clock.Origin))
		}
	}
	page, next, ok := pageOf(found, in.NextToken, orUsual(in.MaxResults, 100))
	if !ok {
		return nil, wire.BadRequest("InvalidNextTokenException", "The pagination token is invalid.")
	}
	return &productsOutput{FormatVersion: "aws_v1", PriceList: page, NextToken: next}, nil
}

// product is an instance type that can be rented for hosting.
type product struct {
	attributes map[string]string
	usd        float64 // an hour
}

// products by instance type. What an endpoint's configuration says of the price goes before the list's.
func (s *Server) products() []product {
	types := maps.Clone(instanceTypes)
	prices := map[string]float64{}
	for i := range s.config.Endpoints {
		e := &s.config.Endpoints[i]
		if _, known := types[e.InstanceType]; !known {
			types[e.InstanceType] = e.hardware()
		}
		if e.Price > 0 {
			prices[e.InstanceType] = e.Price
		}
	}
	var out []product
	for _, name := range slices.Sorted(maps.Keys(types)) {
		h := types[name]
		out = append(out, product{s.attributes(name, h), cmp.Or(prices[name], h.price())})
	}
	return out
}

// hardware of an instance type that no list knows: what the profile says of its own type, else how many vCPUs share its work.
func (e *EndpointConfig) hardware() hardware {
	p := e.Profile.Hardware
	if e.InstanceType != p.InstanceType {
		return hardware{vcpus: p.VCPUs}
	}
	return hardware{vcpus: p.VCPUs, memory: p.MemoryGiB, accelerators: p.GPUs}
}

func (s *Server) attributes(instanceType string, h hardware) map[string]string {
	orNone := func(n float64, unit string) string {
		if n == 0 {
			return "N/A"
		}
		return strconv.FormatFloat(n, 'f', -1, 64) + unit
	}
	gpus := 0
	if h.gpuMemory > 0 {
		gpus = h.accelerators
	}
	return map[string]string{
		"servicecode": hostingService, "servicename": "Amazon SageMaker", "component": "Hosting", "operation": "RunInstance",
		"instanceName": instanceType, "instanceType": instanceType + "-Hosting", "platoinstancename": instanceType, "platoinstancetype": "Hosting",
		"usagetype": "Host:" + instanceType, "regionCode": s.config.Region, "locationType": "AWS Region",
		"vCpu": strconv.Itoa(h.vcpus), "memory": orNone(h.memory, " GiB"), "gpu": orNone(float64(gpus), ""), "gpuMemory": orNone(float64(h.gpuMemory), ""),
		"note": simulatedPrice,
	}
}

func (in *productsInput) wants(p *product) bool {
	for _, f := range in.Filters {
		value := p.attributes[f.Field]
		switch f.Field {
		case "productFamily":
			value = hostingFamily
		case "ServiceCode":
			value = hostingService
		}
		if value != f.Value {
			return false
		}
	}
	return true
}

// json of a product is the text of its own document.
func (p *product) json(published time.Time) string {
	type object = map[string]any
	instanceType := p.attributes["instanceName"]
	sku := fmt.Sprintf("SIM%08X", crc32.ChecksumIEEE([]byte(instanceType)))
	term, rate := sku+"."+onDemand, sku+"."+onDemand+"."+hourly
	date := published.UTC().Format(time.RFC3339)
	text, err := json.Marshal(object{
		"product":     object{"productFamily": hostingFamily, "attributes": p.attributes, "sku": sku},
		"serviceCode": hostingService,
		"terms": object{"OnDemand": object{term: object{
			"priceDimensions": object{rate: object{
				"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "rateCode": rate, "appliesTo": []string{},
				"description":  fmt.Sprintf("$%.4g per hour for %s hosting (%s)", p.usd, instanceType, simulatedPrice),
				"pricePerUnit": object{"USD": strconv.FormatFloat(p.usd, 'f', 10, 64)},
			}},
			"sku": sku, "effectiveDate": date, "offerTermCode": onDemand, "termAttributes": object{},
		}}},
		"version": "simulated", "publicationDate": date,
	})
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return string(text)
}
