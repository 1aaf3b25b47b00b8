"""Resource types that no line is made of: those that cost nothing, and those that only their use costs."""

from collections.abc import Mapping

FREE = frozenset(
    {
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::ApplicationAutoScaling::ScalableTarget",  # its service is counted with its least tasks
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::Chatbot::SlackChannelConfiguration",
        "AWS::CloudWatch::AnomalyDetector",  # its alarm is charged for
        "AWS::Budgets::Budget",  # those that only tell
        "AWS::CDK::Metadata",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::Cognito::UserPoolClient",
        "AWS::EC2::EIPAssociation",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECS::Cluster",
        "AWS::ECS::TaskDefinition",
        "AWS::ElastiCache::ParameterGroup",
        "AWS::ElastiCache::SubnetGroup",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::QueryDefinition",
        "AWS::Logs::ResourcePolicy",
        "AWS::RDS::DBParameterGroup",
        "AWS::RDS::DBProxyTargetGroup",
        "AWS::RDS::DBSubnetGroup",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",  # standard ones
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::SecretsManager::SecretTargetAttachment",
        "AWS::ServiceDiscovery::Service",
    }
)
# Each with why no line of its own is made, beyond what infra/costs/usage.py reckons.
BY_USE: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Api": "counted by requests",
    "AWS::CloudFront::Distribution": "the first TB and 10 M requests of a month are free, always",
    "AWS::Cognito::UserPool": "the first 10 000 people of a month are free",
    "AWS::Events::Rule": "events of AWS's own are free, and so are schedules",
    "AWS::Lambda::Function": "counted by requests and duration",
    "AWS::Logs::LogGroup": "counted by what is taken in",
    "AWS::S3::Bucket": "counted by what lies in it",
    "AWS::SNS::Topic": "some dozen messages a month",
    "AWS::SQS::Queue": "dead letters: none on a good month, and the first million is free",
    "AWS::StepFunctions::StateMachine": "a reindex makes some thousand transitions, at $25 a million",
}
CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")  # functions that run in a deploy
