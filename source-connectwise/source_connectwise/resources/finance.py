"""Agreements, invoices, accounting."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import full, incremental, nested, nested_full, setup

FINANCE: tuple[Resource, ...] = (
    incremental("agreements", "/finance/agreements", "Agreement"),
    setup("agreement_types", "/finance/agreements/types", "AgreementType"),
    full("agreement_recaps", "/finance/agreementrecap/", "AgreementRecap"),
    incremental("invoices", "/finance/invoices", "Invoice"),
    setup("billing_cycles", "/finance/billingCycles", "BillingCycle"),
    setup("billing_setups", "/finance/billingSetups", "BillingSetup"),
    setup("billing_statuses", "/finance/billingStatuses", "BillingStatus"),
    setup("billing_terms", "/finance/billingTerms", "BillingTerm"),
    setup("currencies", "/finance/currencies", "FinanceCurrency"),
    setup("delivery_methods", "/finance/deliveryMethods", "DeliveryMethod"),
    setup("gl_accounts", "/finance/glAccounts", "GLAccount"),
    setup("gl_captions", "/finance/glCaptions", "GLCaption"),
    setup("gl_paths", "/finance/glpaths", "GLPath"),
    setup("tax_codes", "/finance/taxCodes", "TaxCode"),
    setup("company_finances", "/finance/companyFinance/", "CompanyFinance"),
    incremental("accounting_batches", "/finance/accounting/batches", "AccountingBatch"),
    # Rows leave these four when they are posted.
    full("unposted_invoices", "/finance/accounting/unpostedinvoices", "UnpostedInvoice"),
    full("unposted_expenses", "/finance/accounting/unpostedexpenses", "UnpostedExpense"),
    full("unposted_procurement", "/finance/accounting/unpostedprocurement", "UnpostedProcurement"),
    full("unposted_payments", "/finance/accounting/unpostedpayments", "UnpostedPayments"),
    nested("agreement_additions", "/finance/agreements/{id}/additions", "Addition", "agreements"),
    nested("agreement_adjustments", "/finance/agreements/{id}/adjustments", "AgreementAdjustment", "agreements"),
    nested("agreement_sites", "/finance/agreements/{id}/sites", "AgreementSite", "agreements"),
    nested(
        "agreement_configurations",
        "/finance/agreements/{id}/configurations",
        "ConfigurationReference",
        "agreements",
        primary_key=("agreementId", "id"),
    ),
    nested("agreement_work_roles", "/finance/agreements/{id}/workroles", "AgreementWorkRole", "agreements"),
    nested("agreement_work_types", "/finance/agreements/{id}/worktypes", "AgreementWorkType", "agreements"),
    nested("agreement_board_defaults", "/finance/agreements/{id}/boardDefaults", "BoardDefault", "agreements"),
    nested("invoice_payments", "/finance/invoices/{id}/payments", "InvoicePayment", "invoices"),
    nested("invoice_gl_entries", "/finance/invoices/{id}/glEntries/", "GLEntry", "invoices"),
    nested("invoice_commissions", "/finance/invoices/{id}/commissions", "InvoiceCommission", "invoices"),
    nested("invoice_routings", "/finance/invoices/{id}/routings", "InvoiceRouting", "invoices"),
    nested("accounting_batch_entries", "/finance/accounting/batches/{id}/entries", "BatchEntry", "accounting_batches"),
    nested_full("tax_code_levels", "/finance/taxCodes/{id}/taxCodeLevels", "TaxCodeLevel", "tax_codes"),
)
