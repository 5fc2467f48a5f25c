# PROJECTED: 1000 TPS takes 9 x ml.m5.12xlarge: 8 for the load, 1 to spare
# RegisterScalableTarget puts the count within 2 to 14 at once: from 1 to 2.
resource "aws_appautoscaling_target" "variant" {
  service_namespace  = "sagemaker"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  resource_id        = "endpoint/distilbert/variant/AllTraffic"
  min_capacity       = 2
  max_capacity       = 14
}

resource "aws_appautoscaling_policy" "variant" {
  name               = "invocations-per-instance"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.variant.service_namespace
  scalable_dimension = aws_appautoscaling_target.variant.scalable_dimension
  resource_id        = aws_appautoscaling_target.variant.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 4452
    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}
