module.exports = {
  flowFile: "flows.json",
  credentialSecret: "a secret of this test",
  uiPort: process.env.PORT || 1880,
  telemetry: { enabled: false, updateNotification: false },
};
