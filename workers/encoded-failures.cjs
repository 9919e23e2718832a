// Messages and stacks of activities' failures as a payload, which the codec seals. The worker `require`s it by its path.
const { DefaultFailureConverter } = require("@temporalio/common");

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
