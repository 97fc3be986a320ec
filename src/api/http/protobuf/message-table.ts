/**
 * The messages that are read, by the `generated.proto` files of k8s.io/api and k8s.io/apimachinery: `number name type` of each field.
 *
 * Types: `s` text, `i` whole number, `b` flag, `y` bytes (base64 in JSON), `t` time, `@Message` another message, `s{}` and `y{}` maps from texts,
 * `[]` behind a type a list, `-` a field that is not taken from clients. Go writes every field that is no pointer, also an empty one, which JSON
 * leaves out; `?` marks pointers, whose empty values mean something.
 */
export const MESSAGES: Readonly<Record<string, string>> = {
  ObjectMeta:
    '1 name s;2 generateName s;3 namespace s;4 selfLink s;5 uid s;6 resourceVersion s;7 generation i;8 creationTimestamp t;9 deletionTimestamp t;10 deletionGracePeriodSeconds i?;11 labels s{};12 annotations s{};13 ownerReferences @OwnerReference[];14 finalizers s[]',
  OwnerReference: '1 kind s;3 name s;4 uid s;5 apiVersion s;6 controller b?;7 blockOwnerDeletion b?',
  LabelSelector: '1 matchLabels s{};2 matchExpressions @LabelSelectorRequirement[]',
  LabelSelectorRequirement: '1 key s;2 operator s;3 values s[]',

  'v1/ConfigMap': '1 metadata @ObjectMeta;2 data s{};3 binaryData y{};4 immutable b?',
  'v1/Namespace': '1 metadata @ObjectMeta;2 spec @NamespaceSpec;3 status -',
  NamespaceSpec: '1 finalizers s[]',
  'v1/Secret': '1 metadata @ObjectMeta;2 data y{};3 type s;4 stringData s{};5 immutable b?',

  'autoscaling/v1/HorizontalPodAutoscaler': '1 metadata @ObjectMeta;2 spec @OldAutoscalerSpec;3 status -',
  OldAutoscalerSpec:
    '1 scaleTargetRef @CrossVersionObjectReference;2 minReplicas i?;3 maxReplicas i;4 targetCPUUtilizationPercentage i?',
  'autoscaling/v2/HorizontalPodAutoscaler': '1 metadata @ObjectMeta;2 spec @AutoscalerSpec;3 status -',
  AutoscalerSpec:
    '1 scaleTargetRef @CrossVersionObjectReference;2 minReplicas i?;3 maxReplicas i;4 metrics @MetricSpec[];5 behavior @AutoscalerBehavior',
  CrossVersionObjectReference: '1 kind s;2 name s;3 apiVersion s',
  AutoscalerBehavior: '1 scaleUp @ScalingRules;2 scaleDown @ScalingRules',
  ScalingRules: '1 selectPolicy s?;2 policies @ScalingPolicy[];3 stabilizationWindowSeconds i?;4 tolerance @Quantity',
  ScalingPolicy: '1 type s;2 value i;3 periodSeconds i',
  MetricSpec:
    '1 type s;2 object @ObjectMetric;3 pods @NamedMetric;4 resource @ResourceMetric;5 external @NamedMetric;7 containerResource @ResourceMetric',
  ObjectMetric: '1 describedObject @CrossVersionObjectReference;2 target @MetricTarget;3 metric @MetricIdentifier',
  NamedMetric: '1 metric @MetricIdentifier;2 target @MetricTarget',
  ResourceMetric: '1 name s;2 target @MetricTarget;3 container s',
  MetricIdentifier: '1 name s;2 selector @LabelSelector',
  MetricTarget: '1 type s;2 value @Quantity;3 averageValue @Quantity;4 averageUtilization i?',
};
