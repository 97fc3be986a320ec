/** The pretended node agent, for the tests of other folders. */
export { FakeKubelet, startTestControlPlane, type TestControlPlane, testDeployment } from './testing/control-plane.ts';
