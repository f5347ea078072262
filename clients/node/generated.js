// Written by generate.mjs from docs/schema/openrpc.json; not by hand.

export const API = 2;

export class Methods {
  ageCheck(params, options) {
    return this.call("age/check", params, options);
  }
  cardLicence(params, options) {
    return this.call("card/licence", params, options);
  }
  cardNumber(params, options) {
    return this.call("card/number", params, options);
  }
  cardStatus(params, options) {
    return this.call("card/status", params, options);
  }
  certificateRead(params, options) {
    return this.call("certificate/read", params, options);
  }
  certificateVerify(params, options) {
    return this.call("certificate/verify", params, options);
  }
  documentSign(params, options) {
    return this.call("document/sign", params, options);
  }
  documentVerify(params, options) {
    return this.call("document/verify", params, options);
  }
  faceRead(params, options) {
    return this.call("face/read", params, options);
  }
  genuineCheck(params, options) {
    return this.call("genuine/check", params, options);
  }
  loginChallenge(params, options) {
    return this.call("login/challenge", params, options);
  }
  loginSign(params, options) {
    return this.call("login/sign", params, options);
  }
  loginVerify(params, options) {
    return this.call("login/verify", params, options);
  }
  numberRead(params, options) {
    return this.call("number/read", params, options);
  }
  pinChange(params, options) {
    return this.call("pin/change", params, options);
  }
  pinCheck(params, options) {
    return this.call("pin/check", params, options);
  }
  pinStatus(params, options) {
    return this.call("pin/status", params, options);
  }
  profileRead(params, options) {
    return this.call("profile/read", params, options);
  }
  readersList(params, options) {
    return this.call("readers/list", params, options);
  }
}
