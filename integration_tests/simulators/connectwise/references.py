"""Which list a reference in a row points to."""

from simulators.connectwise.catalog import LISTS, MODELS

# Where the model of the reference is not named after the model of the list.
OTHERS = {
    "BillingTermsReference": "billing_terms",
    "CatalogItemReference": "catalog_items",
    "ConfigurationReference": "configurations",
    "CurrencyReference": "currencies",
    "IvItemReference": "catalog_items",
    "KBCategoryReference": "knowledge_base_categories",
    "NoteTypeReference": "company_note_types",
    "OpportunityProbabilityReference": "sales_probabilities",
    "ProductCategoryReference": "catalog_categories",
    "ProductReference": "products",
    "ProductSubCategoryReference": "catalog_subcategories",
    "ProjectBoardReference": "boards",
    "SalesOrderReference": "orders",
    "ServiceCodeReference": "service_codes",
    "ServiceItemReference": "board_items",
    "ServiceSourceReference": "sources",
    "ServiceStatusReference": "board_statuses",
    "ServiceSubTypeReference": "board_subtypes",
    "ServiceTypeReference": "board_types",
    "SiteReference": "company_sites",
    "SystemDepartmentReference": "departments",
    "SystemLocationReference": "locations",
    "DocumentReference": "documents",
}


def _targets() -> dict[str, str]:
    by_model: dict[str, str] = {}
    for spec in LISTS.values():
        by_model.setdefault(spec.model, spec.name)
    found = {
        model: by_model[model.removesuffix("Reference")]
        for model in MODELS
        if model.endswith("Reference") and model.removesuffix("Reference") in by_model
    }
    return found | OTHERS


TARGETS = _targets()
