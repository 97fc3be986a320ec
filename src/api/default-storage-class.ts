import { DEFAULT_STORAGE_CLASS, IS_DEFAULT_CLASS, LOCAL_PATH_PROVISIONER } from '../objects/storage/names.ts';

/** The class that k3s ships as its default, field by field: manifests written for it run here as they are. */
export function newDefaultStorageClass() {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: DEFAULT_STORAGE_CLASS, annotations: { [IS_DEFAULT_CLASS]: 'true' } },
    provisioner: LOCAL_PATH_PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  };
}
