package simulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

func TestTags(t *testing.T) {
	_, sm, _ := controlled(t, func(e *EndpointConfig) { e.Tags = map[string]string{"a": "b", "c": "d"} })
	arn := describe(t, sm, "demo").EndpointArn
	added, err := sm.AddTags(t.Context(), &sagemaker.AddTagsInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("c"), Value: aws.String("e")}, {Key: aws.String("f"), Value: aws.String("")}}})
	if err != nil || len(added.Tags) != 3 || *added.Tags[1].Value != "e" {
		t.Errorf("added %v, error %v", added, err)
	}
	if _, err := sm.DeleteTags(t.Context(), &sagemaker.DeleteTagsInput{ResourceArn: arn, TagKeys: []string{"a", "f", "z"}}); err != nil {
		t.Fatal(err)
	}
	left, err := sm.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: arn})
	if err != nil || len(left.Tags) != 1 || *left.Tags[0].Key != "c" {
		t.Errorf("left %v, error %v", left, err)
	}
	many := make([]types.Tag, maxTags)
	for i := range many {
		many[i] = types.Tag{Key: aws.String(string(rune(0x100 + i))), Value: aws.String("")}
	}
	_, err = sm.AddTags(t.Context(), &sagemaker.AddTagsInput{ResourceArn: arn, Tags: many})
	wantCode(t, err, "ResourceLimitExceeded", "Number of tags per resource")
	nowhere := aws.String("arn:aws:sagemaker:us-east-1:123456789012:endpoint/nope")
	_, err = sm.AddTags(t.Context(), &sagemaker.AddTagsInput{ResourceArn: nowhere, Tags: many[:1]})
	wantCode(t, err, "ValidationException", "Could not find resource")
	_, err = sm.DeleteTags(t.Context(), &sagemaker.DeleteTagsInput{ResourceArn: nowhere, TagKeys: []string{"a"}})
	wantCode(t, err, "ValidationException", "Could not find resource")
}
