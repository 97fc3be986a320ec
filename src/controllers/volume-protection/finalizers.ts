import type { PersistentVolume, PersistentVolumeClaim } from '../../objects/types.ts';

export function withFinalizer<T extends PersistentVolume | PersistentVolumeClaim>(object: T, finalizer: string) {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), finalizer] } };
}

export function withoutFinalizer<T extends PersistentVolume | PersistentVolumeClaim>(object: T, finalizer: string) {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
