"""Catalog, products, purchase orders, inventory."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import further, incremental, nested, nested_full, setup

PROCUREMENT: tuple[Resource, ...] = (
    setup("catalog_items", "/procurement/catalog", "CatalogItem"),
    setup("catalog_categories", "/procurement/categories", "Category"),
    setup("catalog_subcategories", "/procurement/subcategories/", "SubCategory"),
    setup("manufacturers", "/procurement/manufacturers", "Manufacturer"),
    setup("product_types", "/procurement/types", "ProductType"),
    incremental("products", "/procurement/products", "ProductItem"),
    incremental("purchase_orders", "/procurement/purchaseorders", "PurchaseOrder"),
    setup("purchase_order_statuses", "/procurement/purchaseorderstatuses", "PurchaseOrderStatus"),
    incremental("procurement_adjustments", "/procurement/adjustments", "ProcurementAdjustment"),
    setup("adjustment_types", "/procurement/adjustments/types", "AdjustmentType", "dateCreated"),
    setup("pricing_schedules", "/procurement/pricingschedules", "PricingSchedule"),
    incremental("rma_tags", "/procurement/rmaTags", "RmaTag"),
    setup("rma_statuses", "/procurement/rmaStatuses", "RmaStatus"),
    setup("rma_actions", "/procurement/rmaActions", "RmaAction"),
    setup("rma_dispositions", "/procurement/RMADispositions", "RmaDisposition"),
    setup("shipment_methods", "/procurement/shipmentmethods", "ShipmentMethod"),
    setup("unit_of_measures", "/procurement/unitOfMeasures", "UnitOfMeasure"),
    setup("warehouses", "/procurement/warehouses", "Warehouse"),
    setup("warehouse_bins", "/procurement/warehouseBins", "WarehouseBin"),
    incremental("on_hand_serial_numbers", "/procurement/onhandserialnumbers", "OnHandSerialNumber"),
    nested(
        "purchase_order_line_items",
        "/procurement/purchaseorders/{id}/lineitems",
        "PurchaseOrderLineItem",
        "purchase_orders",
    ),
    nested("purchase_order_notes", "/procurement/purchaseorders/{id}/notes", "PurchaseOrderNote", "purchase_orders"),
    nested("catalog_components", "/procurement/catalog/{id}/components", "CatalogComponent", "catalog_items"),
    # Stock changes without a change of the item.
    nested_full("catalog_inventory", "/procurement/catalog/{id}/inventory", "CatalogInventory", "catalog_items"),
    nested_full(
        "catalog_minimum_stock_by_warehouse",
        "/procurement/catalog/{id}/minimumStockByWarehouse",
        "MinimumStockByWarehouse",
        "catalog_items",
        primary_key=("catalogItemId", "id"),
    ),
    nested("product_components", "/procurement/products/{id}/components", "ProductComponent", "products"),
    nested(
        "product_picking_shipping_details",
        "/procurement/products/{id}/pickingShippingDetails",
        "ProductPickingShippingDetail",
        "products",
    ),
    nested(
        "procurement_adjustment_details",
        "/procurement/adjustments/{id}/details",
        "AdjustmentDetail",
        "procurement_adjustments",
    ),
    nested_full("pricing_details", "/procurement/pricingschedules/{id}/details", "PricingDetail", "pricing_schedules"),
    further(
        "pricing_breaks",
        "/procurement/pricingschedules/{pricingScheduleId}/details/{id}/breaks",
        "PricingBreak",
        "pricing_details",
        "pricingScheduleId",
    ),
    nested_full(
        "warehouse_bin_inventory",
        "/procurement/warehouseBins/{id}/inventoryOnHand",
        "InventoryOnHand",
        "warehouse_bins",
    ),
)
