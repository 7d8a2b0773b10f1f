package test.pelican;

record Parcel(String code, String to, int weightG, String status) {
  Parcel with(Changes changes) {
    return new Parcel(
        code,
        changes.to() == null ? to : changes.to(),
        changes.weightG() == null ? weightG : changes.weightG(),
        changes.status() == null ? status : changes.status());
  }
}
